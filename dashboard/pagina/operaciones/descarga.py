"""La descarga en CSV de lo que se está viendo: por partes, en un hilo propio, con memoria constante."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from dashboard.acceso.roles import LEER, exige_rol
from dashboard.pagina.comun.ahora import ahora
from dashboard.pagina.operaciones.forms import FormularioFiltros
from historial.csv_operaciones import COLUMNAS, NOMBRES, celda
from historial.models import Operacion

_POR_TROZO = 1000
_BOM = "\ufeff"  # sin él, Excel lee los acentos como otra cosa


@exige_rol(LEER)
@require_safe
def descargar(peticion: HttpRequest) -> HttpResponseBase:
    """Devuelve el CSV de las operaciones filtradas, de la más antigua a la más nueva."""
    filtro = FormularioFiltros(peticion.GET)
    nombre = f"operaciones-{ahora():%Y%m%d-%H%M%S}.csv"
    return StreamingHttpResponse(
        _en_trozos(_lineas(filtro.condiciones())),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{nombre}"'},
    )


async def _en_trozos(lineas: Iterator[str]) -> AsyncIterator[str]:
    while trozo := await sync_to_async(lambda: "".join(islice(lineas, _POR_TROZO)))():
        yield trozo


def _lineas(condiciones: dict[str, Any]) -> Iterator[str]:
    hueco = io.StringIO()
    escritor = csv.writer(hueco)

    def linea(valores: list[str]) -> str:
        hueco.seek(0)
        hueco.truncate()
        escritor.writerow(valores)
        return hueco.getvalue()

    yield _BOM + linea(NOMBRES)
    filas = Operacion.objects.filter(**condiciones).order_by("hora_inicio", "pk")
    for fila in filas.values_list(*(campo for _, campo in COLUMNAS)).iterator(chunk_size=2000):
        yield linea([celda(valor) for valor in fila])
