"""What may be called: routes, deployments, prices, capabilities."""
