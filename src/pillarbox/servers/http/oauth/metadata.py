"""What programs find out by themselves: where to ask, and for what (RFC 8414, RFC 9728)."""

from typing import Any, Final

from . import scopes

SERVER: Final = "/.well-known/oauth-authorization-server"
RESOURCE: Final = "/.well-known/oauth-protected-resource"
AUTHORIZE: Final = "/oauth/authorize"
TOKEN: Final = "/oauth/token"
REVOKE: Final = "/oauth/revoke"
REGISTER: Final = "/oauth/register"
SIGN_IN: Final = "/oauth/sign-in"
PASSKEY: Final = "/oauth/passkey.js"


def of_server(root: str) -> dict[str, Any]:
    """RFC 8414 §2."""
    return {
        "issuer": root,
        "authorization_endpoint": root + AUTHORIZE,
        "token_endpoint": root + TOKEN,
        "revocation_endpoint": root + REVOKE,
        "registration_endpoint": root + REGISTER,
        "scopes_supported": list(scopes.TABLE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def of_resource(root: str) -> dict[str, Any]:
    """RFC 9728 §2."""
    return {
        "resource": root,
        "authorization_servers": [root],
        "scopes_supported": list(scopes.TABLE),
        "bearer_methods_supported": ["header"],
        "resource_name": "Pillarbox",
    }
