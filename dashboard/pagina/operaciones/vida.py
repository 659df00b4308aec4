"""La vida de una orden, en palabras: cada estado con su hora, por qué se abrió y qué pagaba."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from historial.models import FilaAuditoria, Operacion, Orden
from historial.services.traduccion import clave_cuenta

# Lo que se lee de cada estado; el nombre guardado queda entre paréntesis para quien lo busque en los registros.
ESTADOS = {
    "APROBADA": gettext_lazy("Aprobada y con su riesgo reservado"),
    "DENEGADA": gettext_lazy("Denegada antes de salir"),
    "CADUCADA": gettext_lazy("Caducó sin enviarse"),
    "ENVIANDO": gettext_lazy("Enviada a la sede"),
    "NO_ENVIADA": gettext_lazy("No llegó a salir de este equipo"),
    "RECHAZADA": gettext_lazy("Rechazada por la sede"),
    "DESCONOCIDA": gettext_lazy("Sin respuesta: se busca en la sede"),
    "REVISION": gettext_lazy("La tiene que resolver una persona"),
    "NO_COLOCADA": gettext_lazy("Se comprobó que no está en la sede"),
    "ACEPTADA": gettext_lazy("Aceptada por la sede"),
    "ACTIVA": gettext_lazy("Activa"),
    "PARCIAL": gettext_lazy("Ejecutada en parte"),
    "EJECUTADA": pgettext_lazy("orden", "Liquidada"),
    "CANCELADA": gettext_lazy("Cancelada"),
    "VENCIDA": gettext_lazy("Vencida"),
}
COMPONENTES = {
    "cruce_ema": gettext_lazy("Cruce de medias"),
    "rsi": gettext_lazy("RSI"),
    "macd": gettext_lazy("MACD"),
    "bollinger": gettext_lazy("Bandas de Bollinger"),
    "momento": gettext_lazy("Momento"),
}
_EN_DUDA = {"DESCONOCIDA", "REVISION", "NO_COLOCADA"}


class Paso(msgspec.Struct, frozen=True):
    """Un momento de la orden: qué, cuándo, quién dio la hora y un detalle."""

    codigo: str
    que: str
    en: datetime
    detalle: str = ""
    hora_de_la_sede: bool = False


class Porque(msgspec.Struct, frozen=True):
    """Lo que se sabía al decidir. Los porcentajes, en tanto por ciento; ``None`` si no se guardó."""

    acierto_pct: float | None
    equilibrio_pct: float | None
    esperado_pct: float | None
    precio: str | None
    candidatos: int | None
    componentes: list[tuple[str, float]]


def pasos(operacion: Operacion) -> list[Paso]:
    """Devuelve los momentos de la operación, del primero al último."""
    orden = operacion.orden
    if orden is None:
        return _de_una_ficticia(operacion)
    camino = _de_la_orden(orden)
    if operacion.hora_fin is not None:
        que, detalle = _("El contrato acabó"), ""
        camino.append(Paso("", que, operacion.hora_fin, detalle, hora_de_la_sede=True))
    if operacion.liquidada_en is not None:
        camino.append(Paso("EJECUTADA", str(ESTADOS["EJECUTADA"]), operacion.liquidada_en, "", hora_de_la_sede=True))
    elif orden.estado not in {paso.codigo for paso in camino}:
        camino.append(Paso(orden.estado, _nombre(orden.estado), orden.actualizada_en, orden.motivo))
    return sorted(camino, key=lambda paso: paso.en)


def _nombre(estado: str) -> str:
    return str(ESTADOS.get(estado, estado))


def _de_la_orden(orden: Orden) -> list[Paso]:
    camino = [Paso("APROBADA", _nombre("APROBADA"), orden.creada_en)]
    if orden.enviado_en is not None:
        camino.append(Paso("ENVIANDO", _nombre("ENVIANDO"), orden.enviado_en))
    if orden.tras_buscar or orden.estado in _EN_DUDA:
        camino += _de_la_auditoria(orden)
    if orden.aceptada_en is not None:
        detalle = _("Hallada al buscarla en la sede.") if orden.tras_buscar else ""
        camino.append(Paso("ACEPTADA", _nombre("ACEPTADA"), orden.aceptada_en, detalle, hora_de_la_sede=True))
    return camino


def _de_la_auditoria(orden: Orden) -> list[Paso]:
    """Devuelve las dudas por las que pasó. Solo están en la auditoría, y son raras: se buscan si las hubo."""
    filas = FilaAuditoria.objects.filter(
        flujo=clave_cuenta(orden.sede, orden.cuenta),
        objeto=orden.id_cliente,
        accion="orden",
        en__gte=orden.creada_en,
        en__lte=orden.actualizada_en + timedelta(seconds=1),
    ).order_by("seq")
    datos = [(fila.en, json.loads(fila.datos)) for fila in filas]
    return [
        Paso(dato["estado"], _nombre(dato["estado"]), en, str(dato.get("motivo") or ""))
        for en, dato in datos
        if dato.get("estado") in _EN_DUDA
    ]


def _de_una_ficticia(operacion: Operacion) -> list[Paso]:
    camino = [Paso("", _("Entrada anotada; no se envió nada"), operacion.hora_inicio)]
    if operacion.hora_fin is not None:
        camino.append(Paso("", _("Liquidada con las reglas de la sede"), operacion.hora_fin))
    return camino


def porque(operacion: Operacion) -> Porque | None:
    """Devuelve lo que se sabía al decidir, o None si no se guardó nada."""
    orden = operacion.orden
    contexto: dict[str, Any] = (orden.contexto if orden is not None else None) or {}
    if not contexto and operacion.confianza_pct is None:
        return None
    precio = contexto.get("precio_senal")
    return Porque(
        acierto_pct=operacion.confianza_pct,
        equilibrio_pct=_por_cien(contexto.get("equilibrio")),
        esperado_pct=_por_cien(contexto.get("esperado")),
        precio=None if precio is None else str(precio),
        candidatos=contexto.get("candidatos"),
        componentes=[
            (_nombre_componente(nombre), float(fuerza))
            for nombre, fuerza in (contexto.get("componentes") or {}).items()
        ],
    )


def _nombre_componente(nombre: str) -> str:
    """Devuelve «RSI (ticks)» de «rsi_ticks»."""
    raiz, _raya, escala = nombre.rpartition("_")
    return f"{COMPONENTES[raiz]} ({escala})" if raiz in COMPONENTES else nombre


def _por_cien(valor: Any) -> float | None:
    return None if valor is None else 100.0 * float(valor)
