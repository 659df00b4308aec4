"""El enlace con que alguien entra por primera vez, escrito entero."""

import os

PRIMERA_CUENTA = "administrador"


def base_publica(url: str) -> str:
    """Devuelve la dirección que se da a las personas: en producción, la del primer dominio, por HTTPS."""
    from django.conf import settings

    from timonel.ajustes.produccion import dominios

    if not settings.PRODUCCION:
        return url
    return os.environ.get("TIMONEL_URL_PUBLICA") or f"https://{dominios()[0].lstrip('.')}/"


def enlace(base: str, ficha: str) -> str:
    """Devuelve la dirección completa de un enlace de un solo uso."""
    from django.urls import reverse

    return base.rstrip("/") + reverse("acceso:enlace", args=[ficha])


def primer_enlace(url: str, actor: str, *, solo_local: bool | None = None) -> str | None:
    """Devuelve un enlace de administración si todavía no puede entrar nadie; si no, None.

    ``solo_local``: que solo valga desde este equipo; sin decirlo, así es salvo en producción.
    """
    from django.conf import settings

    from dashboard.acceso import services
    from dashboard.acceso.roles import ADMINISTRAR
    from dominio.reloj import RelojSistema

    if services.hay_usuarios():
        return None
    local = not settings.PRODUCCION if solo_local is None else solo_local
    ficha = services.invitar(PRIMERA_CUENTA, ADMINISTRAR, actor, ahora=RelojSistema().ahora(), solo_local=local)
    return enlace(base_publica(url), ficha)
