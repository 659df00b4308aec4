"""``GET /api/v1/eventos/``: los eventos en vivo como ``text/event-stream``, con reanudación y sin perder ninguno."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

from dashboard.api.eventos_acceso import identificar, vigilante
from dashboard.vivo.concentrador import concentrador
from dashboard.vivo.flujo import Flujo, Pedido
from dashboard.vivo.mensajes import leer_id
from dominio.errores import ErrorTimonel, ErrorUsuario
from dominio.reloj import RelojSistema
from historial.selectors import Cursor

FLUJOS_POR_USUARIO = 32
MAX_BOTS = 50
CABECERAS = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",  # que ningún intermediario lo guarde para enviarlo junto
}


async def eventos(peticion: HttpRequest) -> HttpResponseBase:
    """Devuelve el flujo, o un error ``{codigo, mensaje, detalle}``: 401, 403, 405, 400, 429 o 503.

    Parámetros: ``bot`` (se puede repetir) y ``desde`` («tx-id»). La cabecera ``Last-Event-ID`` manda sobre ``desde``.
    """
    if peticion.method != "GET":
        return _error(ErrorUsuario("API-405", "Los eventos solo se leen."), 405, {"Allow": "GET"})
    central = concentrador()
    quien = await central.leer(identificar, peticion)
    if isinstance(quien, HttpResponse):
        return quien
    try:
        pedido = Pedido(usuario=quien, bots=_bots(peticion), desde=_desde(peticion))
    except ErrorTimonel as fallo:
        return _error(fallo, 400)
    if not central.abierto:
        fallo_de_cierre = ErrorUsuario("VIV-02", "El servidor se está cerrando.", "Vuelva a intentarlo enseguida.")
        return _error(fallo_de_cierre, 503, {"Retry-After": "2"})
    if central.flujos_de(quien) >= getattr(settings, "VIVO_FLUJOS_POR_USUARIO", FLUJOS_POR_USUARIO):
        demasiados = ErrorUsuario("VIV-01", "Hay demasiadas ventanas siguiendo los eventos.", "Cierre alguna.")
        return _error(demasiados, 429, {"Retry-After": "5"})
    # La petición dura horas: que no se quede con la conexión que abriera algún filtro anterior.
    await sync_to_async(close_old_connections)()
    flujo = Flujo(central, pedido, vigente=_sin_caerse(vigilante(peticion)), reloj=RelojSistema())
    return StreamingHttpResponse(flujo.trozos(), content_type="text/event-stream; charset=utf-8", headers=CABECERAS)


def _bots(peticion: HttpRequest) -> frozenset[str]:
    bots = frozenset(nombre for nombre in peticion.GET.getlist("bot") if nombre)
    if len(bots) > MAX_BOTS or any(len(nombre) > 64 for nombre in bots):
        raise ErrorUsuario("API-400", "Demasiados bots, o un nombre demasiado largo.", "Pida menos.")
    return bots


def _desde(peticion: HttpRequest) -> Cursor | None:
    """Devuelve desde dónde reanuda. Raises ErrorUsuario (API-400) si no se entiende: callarlo perdería eventos."""
    texto = peticion.headers.get("Last-Event-ID") or peticion.GET.get("desde") or ""
    if not texto:
        return None
    cursor = leer_id(texto)
    if cursor is None:
        raise ErrorUsuario("API-400", "No se entiende desde dónde reanudar.", "Use el último «id» recibido.")
    return cursor


def _sin_caerse(vigente: Callable[[], bool]) -> Callable[[], bool]:
    """Devuelve la misma comprobación; si la base no responde no se corta: tampoco hay qué leer de ella."""

    def comprobar() -> bool:
        try:
            return vigente()
        except Error:
            return True

    return comprobar


def _error(fallo: ErrorTimonel, estado: int, cabeceras: dict[str, Any] | None = None) -> JsonResponse:
    cuerpo = {"codigo": fallo.codigo, "mensaje": f"{fallo.mensaje} {fallo.que_hacer}".strip(), "detalle": fallo.detalle}
    return JsonResponse(cuerpo, status=estado, headers=cabeceras)


eventos.login_required = False  # type: ignore[attr-defined] - lo comprueba la propia vista, en el hilo compartido
