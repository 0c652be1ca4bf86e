"""Signing in through the provider of an office: OpenID Connect 1.0, the flow with a code."""
