"""La lista de operaciones: filtros, orden y páginas por cursor (por posición: ni repite ni se salta ninguna)."""

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.db.models import Q, QuerySet

from dominio.errores import ErrorUsuario
from historial.models import Operacion
from historial.selectors import Filtro, filtradas

POR_PAGINA, MAXIMO = 50, 500
# Por qué se puede ordenar. Ordenar por una columna que puede estar vacía enseña solo las filas que la tienen.
ORDENES = ("hora_inicio", "beneficio", "monto", "confianza_pct")
VACIABLES = ("beneficio", "confianza_pct")
RESULTADOS = ("ganada", "perdida", "nula", "abierta")
CLASES = ("reales", "ficticias", "todas")
CAMPOS = (
    "id", "bot", "sede", "cuenta", "entorno", "ficticia", "origen", "activo", "nombre_activo", "direccion",
    "tipo_orden", "estado", "resultado", "monto", "moneda", "pago", "cobrado", "beneficio", "confianza_pct",
    "precio_entrada", "precio_salida", "hora_inicio", "hora_fin", "liquidada_en", "numero_contrato", "id_cliente",
)  # fmt: skip


class Consulta(msgspec.Struct, frozen=True, kw_only=True):
    """Qué operaciones y cómo. None es «cualquiera».

    ``clase``: reales (las que fueron a una sede), ficticias o todas. ``origen``: orden, pausa o historia.
    ``resultado``: ganada, perdida, nula o abierta. ``orden``: uno de ``ORDENES``; con «-», lo mayor primero.
    ``desde`` se incluye y ``hasta`` no; miran la hora de inicio.
    """

    bot: str | None = None
    sede: str | None = None
    cuenta: str | None = None
    activo: str | None = None
    direccion: str | None = None
    resultado: str | None = None
    clase: str = "todas"
    origen: str | None = None
    desde: datetime | None = None
    hasta: datetime | None = None
    orden: str = "-hora_inicio"
    cursor: str = ""
    por_pagina: int = POR_PAGINA

    def filtro(self) -> Filtro:
        """Devuelve el filtro del historial, el mismo que usa la exportación."""
        abierta = self.resultado == "abierta"
        return Filtro(
            bot=self.bot,
            sede=self.sede,
            cuenta=self.cuenta,
            activo=self.activo,
            direccion=self.direccion,
            resultado=None if abierta else self.resultado,
            estado="abierta" if abierta else None,
            origen=self.origen,
            ficticia={"reales": False, "ficticias": True}.get(self.clase),
            desde=self.desde,
            hasta=self.hasta,
        )


def pagina(consulta: Consulta) -> dict[str, Any]:
    """Devuelve ``resultados`` (la página) y ``siguiente`` (el cursor de la próxima, o None si es la última).

    Raises:
        ErrorUsuario: PAN-01 si el orden no existe; PAN-02 si el cursor no es de este orden.
    """
    campo, baja = _orden(consulta.orden)
    cuantas = max(1, min(consulta.por_pagina, MAXIMO))
    signo = "-" if baja else ""
    filas = filtradas(consulta.filtro()).order_by(f"{signo}{campo}", f"{signo}id")
    if campo in VACIABLES:
        filas = filas.exclude(**{f"{campo}__isnull": True})
    if consulta.cursor:
        filas = _tras(filas, campo, baja, consulta.orden, consulta.cursor)
    leidas = list(filas.values(*CAMPOS)[: cuantas + 1])
    resultados = leidas[:cuantas]
    hay_mas = len(leidas) > cuantas
    ultimo = resultados[-1] if hay_mas else None
    return {
        "resultados": resultados,
        "siguiente": _cursor(consulta.orden, ultimo[campo], ultimo["id"]) if ultimo else None,
    }


def una(pk: int) -> dict[str, Any]:
    """Devuelve una operación por su número de fila. Raises ErrorUsuario (PAN-03) si no existe."""
    fila = Operacion.objects.filter(pk=pk).values(*CAMPOS).first()
    if fila is None:
        raise ErrorUsuario("PAN-03", "Esa operación no existe.", "Vuelva a la lista.")
    return fila


def opciones() -> dict[str, list[str]]:
    """Devuelve los valores que hay para los filtros: bots, sedes, cuentas y activos. Sale de las cuentas al día."""
    from historial.models import AcumuladoTotal

    filas = AcumuladoTotal.objects.values_list("bot", "sede", "cuenta", "activo").distinct()
    columnas = list(zip(*filas, strict=True)) or [(), (), (), ()]
    return {
        nombre: sorted(set(columna))
        for nombre, columna in zip(("bots", "sedes", "cuentas", "activos"), columnas, strict=True)
    }


def _orden(orden: str) -> tuple[str, bool]:
    campo = orden.removeprefix("-")
    if campo not in ORDENES:
        raise ErrorUsuario("PAN-01", f"No se puede ordenar por «{campo}».", f"Hay: {', '.join(ORDENES)}.")
    return campo, orden.startswith("-")


def _cursor(orden: str, valor: Any, pk: int) -> str:
    texto = valor.astimezone(UTC).isoformat() if isinstance(valor, datetime) else str(valor)
    return base64.urlsafe_b64encode(msgspec.json.encode([orden, texto, pk])).decode().rstrip("=")


def _tras(filas: "QuerySet[Operacion]", campo: str, baja: bool, orden: str, cursor: str) -> "QuerySet[Operacion]":
    """Devuelve las filas que van detrás del cursor. La primera condición deja al motor empezar por el índice."""
    valor, pk = _leer_cursor(campo, orden, cursor)
    hacia = "lt" if baja else "gt"
    return filas.filter(**{f"{campo}__{hacia}e": valor}).filter(
        Q(**{f"{campo}__{hacia}": valor}) | Q(**{f"id__{hacia}": pk})
    )


def _leer_cursor(campo: str, orden: str, cursor: str) -> tuple[Any, int]:
    try:
        crudo = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        suyo, texto, pk = msgspec.json.decode(crudo, type=tuple[str, str, int])
        if suyo != orden or not 0 <= pk < 2**63:
            raise ValueError(orden)
        return _valor(campo, texto), pk
    except (binascii.Error, ValueError, InvalidOperation, msgspec.MsgspecError, UnicodeError) as fallo:
        raise ErrorUsuario(
            "PAN-02", "El cursor no es de esta lista.", "Empiece por la primera página, sin cursor."
        ) from fallo


def _valor(campo: str, texto: str) -> Any:
    if campo == "hora_inicio":
        momento = datetime.fromisoformat(texto)
        if momento.tzinfo is None:
            raise ValueError(texto)
        return momento
    numero = Decimal(texto)
    if not numero.is_finite() or abs(numero) >= Decimal(10) ** 12:
        raise ValueError(texto)
    return float(numero) if campo == "confianza_pct" else numero
