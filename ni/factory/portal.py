"""Puts the packages of a gateway behind the portal's protocols; part of the factory's layer, decides nothing."""

from pathlib import Path

from ni.access.offload import ThreadOffload
from ni.access.passwords import Passwords
from ni.access.sealing import CredentialSealer
from ni.access.second_factor import SecondFactor
from ni.domain.route import Deployment
from ni.factory.gateway import Gateway
from ni.web.portal.backing import KeysBacking, MappingsBacking, RoutesBacking, UsageBacking
from ni.web.portal.byok_backing import ByokBacking, Trial
from ni.web.portal.credit_backing import CreditBacking
from ni.web.portal.instance_backing import CustodyBacking, Lookouts, OperatorBacking, PublicLog
from ni.web.portal.people_backing import PeopleBacking
from ni.web.portal.playground_backing import Line, PlaygroundBacking
from ni.web.portal.residency_backing import ResidencyBacking
from ni.web.portal.services import PortalOptions, PortalServices
from ni.web.portal.team_backing import ProtectionBacking, TeamBacking

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
    )


def portal_services(gateway: Gateway) -> PortalServices:
    """What the pages may ask."""
    base, accounts, clock = gateway.base, gateway.accounts, gateway.clock
    passwords = Passwords(ThreadOffload())
    sealer = CredentialSealer(
        lambda version: gateway.secrets.derive(f"second-factor-{version}"), gateway.random
    )
    factor = SecondFactor(base, sealer)

    def zone(account_id: str) -> str:
        account = accounts.get(account_id)
        return account.time_zone if account else "UTC"

    def key_names(account_id: str) -> dict[str, str]:
        return {key.id: key.spec.name for key in gateway.keys_of(account_id).list()}

    def own_providers(account_id: str) -> frozenset[str]:
        return frozenset(one.provider for one in gateway.credentials.list(account_id))

    line = Line(gateway.pipeline, gateway.dialects["chat"], clock, gateway.random)
    trial = Trial(gateway.catalog, gateway.providers, gateway.random, gateway.monitor)
    return PortalServices(
        people=PeopleBacking(base, passwords, accounts, factor),
        keys=KeysBacking(gateway.keys_of, gateway.reports, clock, zone),
        usage=UsageBacking(gateway.reports, key_names, clock, zone, gateway.settings.currency),
        routes=RoutesBacking(gateway.catalog, own_providers),
        mappings=MappingsBacking(gateway.mappings, key_names),
        team=TeamBacking(base, passwords, accounts, gateway.keys.forget),
        protection=ProtectionBacking(base, passwords, factor),
        custody=CustodyBacking(
            gateway.records, gateway.settings.jurisdiction, PublicLog(gateway.log_service)
        ),
        playground=PlaygroundBacking(line, accounts, gateway.keys_of),
        operator=OperatorBacking(base, accounts, gateway.balances, gateway.catalog, _lookouts(gateway)),
        byok=ByokBacking(gateway.credentials, trial, gateway.keys.forget),
        credit=CreditBacking(gateway.balances, zone),
        residency=_residency(gateway),
    )


def _residency(gateway: Gateway) -> ResidencyBacking:
    enforce = gateway.settings.residency_mode == "enforce"
    return ResidencyBacking(
        gateway.monitor, gateway.catalog, gateway.residency_services.drifts, gateway.clock, enforce
    )


def _lookouts(gateway: Gateway) -> Lookouts:
    def missing(deployment: Deployment) -> str | None:
        provider = gateway.providers.get(deployment.provider)
        return provider.missing(deployment) if provider else "This version has no adapter for the provider."

    return Lookouts(gateway.settings.jurisdiction, missing, gateway.monitor.permits)
