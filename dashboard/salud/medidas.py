"""Las medidas de Prometheus: se leen de la base y de este proceso al pedirlas. Ni cuentas, ni claves, ni importes."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import Error
from django.db.models import Count, Max, Min
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.models import EstadoGuardado, Pausa
from core.selectors import estados
from dominio.freno import Freno, leer
from dominio.ordenes import EstadoOrden
from dominio.reloj import RelojSistema
from historial.models import EstadoFreno, Evento, FilaAuditoria, Latido, Orden, OrdenMando, Trabajo
from notificaciones.models import Aviso, EstadoAviso

CONTENIDO = "text/plain; version=0.0.4; charset=utf-8"
# Contar las órdenes recorre un índice entero: con un millón de filas no se hace en cada pregunta.
CONTAR_CADA_S = 15.0
_FRENOS = {Freno.ACTIVO: 0, Freno.REDUCIENDO: 1, Freno.DETENIDO: 2}
_cuenta: dict[str, Any] = {"en": -CONTAR_CADA_S, "filas": []}

Muestras = Iterable[tuple[tuple[str, ...], float]]


def texto() -> bytes:
    """Devuelve todas las medidas en el formato de texto de Prometheus."""
    registro = CollectorRegistry()
    registro.register(_DeLaBase())
    ProcessCollector(namespace="timonel", registry=registro)
    return generate_latest(registro)


class _DeLaBase(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Da cada familia; si la base falla, lo dice en ``timonel_base_responde`` y calla lo demás."""
        ahora = RelojSistema().ahora()
        try:
            familias = [_familia(nombre, ayuda, etiquetas, leer_(ahora)) for nombre, ayuda, etiquetas, leer_ in _TODAS]
        except Error:
            yield _familia("base_responde", "1 si la base contesta", (), [((), 0.0)])
            return
        yield _familia("base_responde", "1 si la base contesta", (), [((), 1.0)])
        yield from familias

    def describe(self) -> list[GaugeMetricFamily]:
        return []


def _familia(nombre: str, ayuda: str, etiquetas: tuple[str, ...], muestras: Muestras) -> GaugeMetricFamily:
    familia = GaugeMetricFamily(f"timonel_{nombre}", ayuda, labels=etiquetas)
    for valores, cifra in muestras:
        familia.add_metric(valores, cifra)
    return familia


def _edad(desde: datetime | None, ahora: datetime) -> float:
    return 0.0 if desde is None else max(0.0, (ahora - desde).total_seconds())


def _ordenes(_: datetime) -> Muestras:
    if time.monotonic() - _cuenta["en"] >= CONTAR_CADA_S:
        filas = Orden.objects.values_list("sede", "entorno", "estado").annotate(n=Count("pk")).order_by()
        _cuenta.update(en=time.monotonic(), filas=[((s, e, x), float(n)) for s, e, x, n in filas])
    return list(_cuenta["filas"])


def _desconocidas(ahora: datetime) -> Muestras:
    dudas = Orden.objects.filter(estado__in=(EstadoOrden.DESCONOCIDA, EstadoOrden.REVISION))
    filas = dudas.values_list("sede", "bot").annotate(m=Min("desconocida_desde")).order_by()
    return [((sede, bot), _edad(desde, ahora)) for sede, bot, desde in filas]


def _latidos(ahora: datetime) -> Muestras:
    return [((f.bot, f.sede), _edad(f.en, ahora)) for f in Latido.objects.only("bot", "sede", "en")]


def _conectados(_: datetime) -> Muestras:
    return [((f.bot, f.sede), float(f.datos.get("conectado") is True)) for f in Latido.objects.all()]


def _frenos(_: datetime) -> Muestras:
    filas = EstadoFreno.objects.exclude(ambito="cuenta").values_list("ambito", "clave", "estado")
    return [((ambito, clave), float(_FRENOS[leer(estado)])) for ambito, clave, estado in filas]


def _ciclos(_: datetime) -> Muestras:
    return [((fila.bot, fila.sede, str(estado.ciclo)), 1.0) for fila, estado in estados()]


def _pausas(ahora: datetime) -> Muestras:
    en_curso = Pausa.objects.filter(reactivado_en=None).values_list("bot", "sede").annotate(m=Max("reanuda_en"))
    return [((bot, sede), max(0.0, (hasta - ahora).total_seconds())) for bot, sede, hasta in en_curso.order_by()]


def _guardados(ahora: datetime) -> Muestras:
    filas = EstadoGuardado.objects.values_list("bot", "sede", "actualizado_en")
    return [((bot, sede), _edad(en, ahora)) for bot, sede, en in filas]


def _bandeja(ahora: datetime) -> Muestras:
    pendientes = Aviso.objects.filter(estado=EstadoAviso.PENDIENTE, proximo_en__lte=ahora)
    return [((), _edad(pendientes.aggregate(m=Min("proximo_en"))["m"], ahora))]


def _avisos(_: datetime) -> Muestras:
    filas = Aviso.objects.values_list("canal", "estado").annotate(n=Count("pk")).order_by()
    return [((canal, estado), float(n)) for canal, estado, n in filas]


def _trabajos(_: datetime) -> Muestras:
    filas = Trabajo.objects.values_list("trabajo", "estado").annotate(n=Count("pk")).order_by()
    return [((trabajo, estado), float(n)) for trabajo, estado, n in filas]


def _ultimo_trabajo(ahora: datetime) -> Muestras:
    filas = Trabajo.objects.filter(estado="hecho").values_list("trabajo").annotate(m=Max("terminado_en")).order_by()
    return [((trabajo,), _edad(en, ahora)) for trabajo, en in filas]


def _mandos(ahora: datetime) -> Muestras:
    primera = OrdenMando.objects.filter(estado="pendiente").aggregate(m=Min("pedida_en"))["m"]
    return [((), _edad(primera, ahora))]


def _ultimo(modelo: Any) -> Callable[[datetime], Muestras]:
    return lambda _: [((), float(modelo.objects.aggregate(m=Max("pk"))["m"] or 0))]


_TODAS: tuple[tuple[str, str, tuple[str, ...], Callable[[datetime], Muestras]], ...] = (
    ("ordenes_total", "Órdenes por sede, entorno y estado", ("sede", "entorno", "estado"), _ordenes),
    ("orden_desconocida_edad_segundos", "La orden en duda más antigua", ("sede", "bot"), _desconocidas),
    ("latido_edad_segundos", "Desde la última señal de vida de cada bot", ("bot", "sede"), _latidos),
    ("sede_conectada", "1 si el bot dice estar conectado", ("bot", "sede"), _conectados),
    ("freno", "0 activo, 1 reduciendo, 2 detenido", ("ambito", "clave"), _frenos),
    ("ciclo", "1 en el ciclo en que está cada bot", ("bot", "sede", "ciclo"), _ciclos),
    ("estado_edad_segundos", "Desde que cada bot guardó su estado", ("bot", "sede"), _guardados),
    ("pausa_restante_segundos", "Lo que falta de cada pausa en curso", ("bot", "sede"), _pausas),
    ("bandeja_edad_segundos", "El aviso por enviar que más espera", (), _bandeja),
    ("avisos", "Avisos por canal y estado", ("canal", "estado"), _avisos),
    ("trabajos", "Trabajos periódicos por estado", ("trabajo", "estado"), _trabajos),
    ("trabajo_hecho_edad_segundos", "Desde que cada trabajo acabó bien", ("trabajo",), _ultimo_trabajo),
    ("mando_pendiente_edad_segundos", "La orden de mando sin tomar más antigua", (), _mandos),
    ("eventos_ultimo", "Identificador del último evento", (), _ultimo(Evento)),
    ("auditoria_ultimo", "Identificador del último eslabón", (), _ultimo(FilaAuditoria)),
)
