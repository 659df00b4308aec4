"""Lo que no deja evento y hay que mirar: bots que callan o pierden la sede, y el resumen del día."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from dominio.posiciones import Resultado
from historial.models import FilaArriendo, Latido, Operacion, PuntoBalance
from historial.selectors.operaciones import wilson
from historial.services.escritura import insertar
from notificaciones import contenidos, selectors
from notificaciones.config import ConfigAvisos
from notificaciones.contenidos import Marco
from notificaciones.models import Desconexion
from notificaciones.services.bandeja import encolar_avisos, resolver_asunto
from notificaciones.services.directos import notificar_conexion_perdida, notificar_resumen_diario

UMBRAL_S = 45.0  # con una pasada cada pocos segundos, el aviso sale antes del minuto
OLVIDADO = timedelta(hours=24)  # un bot que no late desde ayer no es una emergencia: alguien lo quitó


def vigilar_conexiones(config: ConfigAvisos, *, ahora: datetime, umbral_s: float = UMBRAL_S) -> int:
    """Avisa una vez por cada falta de más de ``umbral_s`` y devuelve cuántas empezó a avisar.

    Al volver el bot, lo avisado se da por resuelto y se cuenta que volvió.
    """
    avisadas = 0
    for latido in Latido.objects.filter(en__gt=ahora - OLVIDADO):
        datos = latido.datos if isinstance(latido.datos, dict) else {}
        callado = (ahora - latido.en).total_seconds() > umbral_s
        if _despedido(latido) or not (callado or datos.get("conectado") is False):
            _volvio(latido, config, ahora)
        else:
            avisadas += _falta(latido, datos, config, callado, ahora, umbral_s)
    return avisadas


def _despedido(latido: Latido) -> bool:
    """Devuelve si el bot se apagó a propósito: quien muere no suelta su arriendo."""
    return FilaArriendo.objects.filter(**_quien(latido), titular="").exists()


def _quien(latido: Latido) -> dict[str, str]:
    return {"bot": latido.bot, "sede": latido.sede, "cuenta": latido.cuenta}


def _asunto(latido: Latido) -> str:
    return f"conexion:{latido.bot}:{latido.sede}:{latido.cuenta}"


def _falta(
    latido: Latido, datos: dict[str, Any], config: ConfigAvisos, callado: bool, ahora: datetime, umbral_s: float
) -> bool:
    """Anota desde cuándo falta y, pasado el umbral, avisa. Devuelve si avisó ahora."""
    quien = _quien(latido)
    with transaction.atomic():
        insertar(Desconexion, si_no_existe=("bot", "sede", "cuenta"), **quien, desde=latido.en)
        falta = Desconexion.objects.select_for_update().get(**quien)
        if falta.avisada or (ahora - falta.desde).total_seconds() <= umbral_s:
            return False
        if Desconexion.objects.filter(pk=falta.pk, avisada=False).update(avisada=True) != 1:
            return False
        notificar_conexion_perdida(
            latido.bot,
            falta.desde,
            entorno=selectors.entorno_de(latido.bot, latido.cuenta),
            clave=f"{_asunto(latido)}:{falta.desde.isoformat()}",
            asunto=_asunto(latido),
            config=config,
            ahora=ahora,
            sin_latido=callado,
            contrato=_contrato(datos),
        )
        return True


def _contrato(datos: dict[str, Any]) -> str:
    abierto = datos.get("contrato")
    if not isinstance(abierto, dict):
        return ""
    return f"{abierto.get('activo')} {abierto.get('direccion')} de {abierto.get('monto')}"


def _volvio(latido: Latido, config: ConfigAvisos, ahora: datetime) -> None:
    quien = _quien(latido)
    falta = Desconexion.objects.filter(**quien).first()
    if falta is None:
        return
    with transaction.atomic():
        if Desconexion.objects.filter(pk=falta.pk).delete()[0] != 1 or not falta.avisada:
            return
        resolver_asunto(_asunto(latido), "el bot volvió", ahora=ahora)
        marco = Marco(
            bot=latido.bot,
            entorno=selectors.entorno_de(latido.bot, latido.cuenta),
            clave=f"{_asunto(latido)}:{falta.desde.isoformat()}:volvio",
            en=ahora,
            zona=config.zona,
        )
        encolar_avisos([contenidos.conexion_recuperada(marco, {"desde": falta.desde})], config, ahora=ahora)


def encolar_resumen_diario(config: ConfigAvisos, *, ahora: datetime, dia: date | None = None) -> int:
    """Encola el resumen de ayer (o de ``dia``, en la zona de los avisos) de cada bot que operó; devuelve las filas.

    Cuenta lo que hizo el bot, no las entradas ficticias de su pausa. Pedirlo otra vez no lo repite.
    """
    dia = dia or (ahora.astimezone(config.zona) - timedelta(days=1)).date()
    desde = datetime.combine(dia, time.min, config.zona)
    hasta = datetime.combine(dia + timedelta(days=1), time.min, config.zona)
    del_dia = Operacion.objects.filter(hora_inicio__gte=desde, hora_inicio__lt=hasta, origen="orden", estado="cerrada")
    campos = ("bot", "sede", "cuenta", "entorno", "moneda")
    filas = 0
    for de_quien in del_dia.order_by(*campos).values(*campos).distinct():
        quien = ":".join(de_quien[campo] for campo in campos)
        filas += notificar_resumen_diario(
            de_quien["bot"],
            _cifras(del_dia.filter(**de_quien), de_quien, dia, hasta),
            entorno=de_quien["entorno"],
            moneda=de_quien["moneda"],
            clave=f"resumen:{quien}:{dia}",
            config=config,
            ahora=ahora,
        )
    return filas


def _cifras(suyas: "QuerySet[Operacion]", de_quien: dict[str, str], dia: date, hasta: datetime) -> dict[str, Any]:
    ganadas = suyas.filter(resultado=Resultado.GANADA).count()
    perdidas = suyas.filter(resultado=Resultado.PERDIDA).count()
    bajo, alto = wilson(ganadas, ganadas + perdidas)
    hay = ganadas + perdidas > 0
    puntos = PuntoBalance.objects.filter(sede=de_quien["sede"], cuenta=de_quien["cuenta"], en__lt=hasta)
    return {
        "dia": f"{dia:%d/%m/%Y}",
        "ganadas": ganadas,
        "perdidas": perdidas,
        "nulas": suyas.filter(resultado=Resultado.NULA).count(),
        # Sumado aquí: SQLite sumaría números con coma.
        "beneficio": sum((b or Decimal(0) for b in suyas.values_list("beneficio", flat=True)), Decimal(0)),
        "acierto_pct": 100.0 * ganadas / (ganadas + perdidas) if hay else None,
        "bajo_pct": 100.0 * bajo,
        "alto_pct": 100.0 * alto,
        "balance": puntos.order_by("-en", "-pk").values_list("balance", flat=True).first(),
        "sin_acusar": selectors.sin_acusar(),
    }
