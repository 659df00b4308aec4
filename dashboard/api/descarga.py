"""El historial en CSV, por partes: el primer trozo sale mientras se lee el resto y la memoria no crece."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes

from dashboard.api.base import Lectura, describir
from dashboard.api.parametros import DeCSV
from dashboard.pagina.comun.ahora import ahora
from dashboard.selectors.operaciones import Consulta
from historial.csv_operaciones import Filtro, trozos_csv


class CSVAPI(Lectura):
    parametros = DeCSV
    throttle_scope = "descargas"

    @describir({(200, "text/csv"): OpenApiTypes.BINARY}, "El historial en CSV", parametros=DeCSV)
    def get(self, request: Any) -> StreamingHttpResponse:
        """Las operaciones filtradas, de la más antigua a la más nueva, con las fórmulas neutralizadas."""
        filtro = Consulta(**self.pedidos()).filtro()
        return respuesta_csv(request._request, filtro, f"operaciones-{ahora():%Y%m%d-%H%M%S}.csv")


def respuesta_csv(peticion: Any, filtro: Filtro, nombre: str) -> StreamingHttpResponse:
    """Devuelve la descarga por partes, también bajo uvicorn: lo síncrono va en el hilo de la petición."""
    trozos: Any = trozos_csv(filtro)
    return StreamingHttpResponse(
        _asincronos(trozos) if isinstance(peticion, ASGIRequest) else trozos,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{nombre}"'},
    )


async def _asincronos(trozos: Iterator[bytes]) -> AsyncIterator[bytes]:
    siguiente = sync_to_async(lambda: next(trozos, b""))
    try:
        while trozo := await siguiente():
            yield trozo
    finally:  # si quien descarga se va a medias, se suelta la consulta
        await sync_to_async(trozos.close)()  # type: ignore[attr-defined]
