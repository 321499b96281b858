"""Hands the packages of a gateway to the portal; part of the factory's layer, decides nothing."""

from pathlib import Path

from ni.factory.gateway import Gateway
from ni.web.portal.context import PortalOptions, PortalServices

GUIDES = Path("tests", "user_run_tests", "integrations")


def portal_options(gateway: Gateway, root: str) -> PortalOptions:
    """What the pages know of the instance."""
    settings = gateway.settings
    return PortalOptions(
        settings.public_url,
        settings.currency,
        settings.jurisdiction,
        settings.bind,
        Path(root) / GUIDES,
        settings.prepaid,
        settings.usage_retention_days,
        settings.residency_mode == "enforce",
    )


def portal_services(gateway: Gateway) -> PortalServices:
    """What the pages may ask."""
    return PortalServices(
        access=gateway.access,
        catalog=gateway.catalog,
        mappings=gateway.mappings,
        reports=gateway.reports,
        balances=gateway.balances,
        custody=gateway.log_service,
        drifts=gateway.residency.drifts,
        monitor=gateway.monitor,
        providers=gateway.providers,
        pipeline=gateway.pipeline,
        chat=gateway.dialects["chat"],
        clock=gateway.clock,
        random=gateway.random,
    )
