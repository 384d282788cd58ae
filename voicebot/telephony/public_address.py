"""Under which address the outside reached us, and who the outside is: forwarded headers with distrust."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import Request

from voicebot.telephony.configuration import TelephonySettings

_FORWARDING_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip")


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address((text or "").strip())
    except ValueError:
        return None


def is_loopback_name(host: str) -> bool:
    """Is this host name or address this machine itself?"""
    name = host.strip("[]").lower()
    address = _address(name)
    return name == "localhost" or (address is not None and address.is_loopback)


def is_local(request: Request) -> bool:
    """Did this come from this machine itself, and not through a proxy or tunnel that runs on it?

    The host must be local by name as well, so that a web page elsewhere cannot point its own name at us.
    """
    peer = _address(request.remote_addr)
    if peer is None or not peer.is_loopback or not came_directly(request):
        return False
    return is_loopback_name(urlsplit(f"//{request.host}").hostname or "")


def came_directly(request: Request) -> bool:
    """Did this come from this machine or its private network, without a proxy or tunnel between?"""
    peer = _address(request.remote_addr)
    if peer is None or not peer.is_private:
        return False
    return not any(header in request.headers for header in _FORWARDING_HEADERS)


def _through_trusted_proxy(request: Request, settings: TelephonySettings) -> bool:
    peer = _address(request.remote_addr)
    return peer is not None and any(peer in network for network in settings.trusted_proxies)


def client_address(request: Request, settings: TelephonySettings) -> str:
    """Return the client: the peer, or the last hop that is not our own, by our own proxies' word."""
    peer = request.remote_addr or "unknown"
    if not _through_trusted_proxy(request, settings):
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    for hop in reversed(hops):
        address = _address(hop)
        if address is None:
            return peer
        if not any(address in network for network in settings.trusted_proxies):
            return str(address)
    return peer


def public_base(request: Request, settings: TelephonySettings) -> str:
    """Return scheme and host, without a slash at the end, under which the outside knows us."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme, host = request.scheme, request.host
    if scheme in ("ws", "wss"):
        scheme = "https" if scheme == "wss" else "http"
    if _through_trusted_proxy(request, settings):
        forwarded_scheme = request.headers.get("X-Forwarded-Proto", "").split(",")[-1].strip()
        scheme = forwarded_scheme if forwarded_scheme in ("http", "https") else scheme
        host = request.headers.get("X-Forwarded-Host", "").split(",")[-1].strip() or host
    return f"{scheme}://{host}"


def public_url(request: Request, settings: TelephonySettings) -> str:
    """Return the address of this request as the outside wrote it, with its query."""
    query = request.query_string.decode("latin-1")
    return public_base(request, settings) + request.path + (f"?{query}" if query else "")


def socket_url(base: str, path: str) -> str:
    """Return the WebSocket address of ``path``: wss for https, ws for http."""
    return base.replace("https://", "wss://", 1).replace("http://", "ws://", 1) + path
