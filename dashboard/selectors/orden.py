"""La vida de una orden: cada estado con su hora, de la auditoría; sus ejecuciones y la operación a que dio lugar."""

import json
from datetime import datetime, timedelta
from typing import Any

from dashboard.selectors.operaciones import CAMPOS
from dominio.errores import ErrorUsuario
from historial.models import FilaAuditoria, Operacion, Orden
from historial.services.escritura import fila, hora_sql
from historial.services.traduccion import clave_cuenta

MARGEN = timedelta(seconds=5)
MAX_FILAS = 5000
_EN = "(SELECT a.en FROM auditoria a WHERE a.flujo = %s AND a.seq = (bajo + alto) / 2)"
# La auditoría no tiene índice por hora, pero su número crece con ella: se llega por bisección, dentro de la base.
_BISECCION = f"""
WITH RECURSIVE tramo(bajo, alto) AS (
  SELECT CAST(1 AS bigint), seq + 1 FROM auditoria_cabezas WHERE flujo = %s
  UNION ALL
  SELECT CASE WHEN {_EN} < %s THEN (bajo + alto) / 2 + 1 ELSE bajo END,
         CASE WHEN {_EN} < %s THEN alto ELSE (bajo + alto) / 2 END
  FROM tramo WHERE bajo < alto
) SELECT bajo FROM tramo WHERE bajo >= alto
"""  # noqa: S608 - son constantes
_DE_LA_ORDEN = (
    "id_cliente", "bot", "sede", "cuenta", "entorno", "clave_senal", "simbolo", "direccion", "tipo", "proposito",
    "monto", "moneda", "riesgo", "precio_max", "pago", "precio", "duracion", "unidad_duracion", "confianza_pct",
    "contexto", "estado", "motivo", "codigo", "ficha", "referencia", "transaccion", "creada_en", "vence_en",
    "enviado_en", "aceptada_en", "desconocida_desde", "actualizada_en", "tras_buscar",
)  # fmt: skip
_DE_LA_EJECUCION = ("id_ejecucion", "tipo", "cantidad", "precio", "importe", "comision", "moneda", "hora")


def vida(id_cliente: str) -> dict[str, Any]:
    """Devuelve ``orden``, ``estados`` (con su hora, motivo y actor), ``ejecuciones`` y ``operacion`` (o None).

    Raises:
        ErrorUsuario: PAN-05 si esa orden no existe.
    """
    orden = Orden.objects.filter(id_cliente=id_cliente).first()
    if orden is None:
        raise ErrorUsuario("PAN-05", "Esa orden no existe.", "Copie su identificador de la lista de operaciones.")
    operacion = Operacion.objects.filter(orden=orden).values(*CAMPOS).first()
    hasta = max(orden.actualizada_en, (operacion or {}).get("liquidada_en") or orden.actualizada_en)
    return {
        "orden": {campo: getattr(orden, campo) for campo in _DE_LA_ORDEN},
        "estados": _estados(orden, hasta),
        "ejecuciones": list(orden.ejecuciones.order_by("hora", "pk").values(*_DE_LA_EJECUCION)),
        "operacion": operacion,
    }


def _estados(orden: Orden, hasta: datetime) -> list[dict[str, Any]]:
    """Los eslabones de la orden están entre su creación y su último cambio: se mira solo ese rato."""
    flujo = clave_cuenta(orden.sede, orden.cuenta)
    filas = FilaAuditoria.objects.filter(flujo=flujo, seq__gte=_primera(flujo, orden.creada_en - MARGEN))
    estados: list[dict[str, Any]] = []
    campos = filas.order_by("seq").values_list("en", "objeto", "accion", "actor", "datos")
    for en, objeto, accion, actor, texto in campos[:MAX_FILAS].iterator(chunk_size=200):
        if en > hasta + MARGEN:
            break
        if objeto == orden.id_cliente:
            datos = json.loads(texto)
            liquidada = accion == "liquidacion"
            estados.append(
                {
                    "estado": "EJECUTADA" if liquidada else str(datos.get("estado") or accion),
                    "en": en,
                    "motivo": str(datos.get("motivo") or (datos.get("resultado") if liquidada else "") or ""),
                    "accion": accion,
                    "actor": actor,
                }
            )
    return _con_el_envio(orden, estados)


def _con_el_envio(orden: Orden, estados: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """El paso a ENVIANDO no va a la auditoría (está en el camino del tick): su hora la guarda la orden."""
    if orden.enviado_en is None:
        return estados
    envio = {"estado": "ENVIANDO", "en": orden.enviado_en, "motivo": "", "accion": "orden", "actor": orden.bot}
    return [*estados[:1], envio, *estados[1:]]


def _primera(flujo: str, momento: datetime) -> int:
    """Devuelve el número del primer eslabón del flujo que no es anterior a ese momento."""
    parametros = (flujo, flujo, hora_sql(momento), flujo, hora_sql(momento))
    hallada = fila(_BISECCION, parametros)
    return int(hallada[0]) if hallada else 1
