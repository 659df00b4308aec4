"""Escrituras del estado de los bots: cada cambio, con su historial y sus avisos, en una sola transacción."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction

from core import estado_bot
from core.estado_bot import Aviso, Ciclo, EstadoBot
from core.meta_dinamica import ReglaDinamica
from core.models import EstadoGuardado, Pausa
from core.selectors import descifrar
from dominio.posiciones import Liquidacion, Movimiento
from dominio.senales import Direccion
from historial.models import Operacion
from historial.services.cuentas import anotar_balance, anotar_movimiento
from historial.services.operaciones import cerrar_operacion
from historial.services.registro import publicar_evento

Cambio = tuple[EstadoBot, tuple[Aviso, ...]]


class Ficha(msgspec.Struct, frozen=True):
    """De quién es el estado: bot, sede y cuenta. ``entorno`` y moneda acompañan a lo que se cuenta."""

    bot: str
    sede: str
    cuenta: str
    moneda: str = "USD"
    entorno: str = ""

    @property
    def clave(self) -> dict[str, str]:
        """Devuelve los campos que identifican sus filas."""
        return {"bot": self.bot, "sede": self.sede, "cuenta": self.cuenta}


def estado_de(ficha: Ficha) -> EstadoBot | None:
    """Devuelve el estado guardado, o None si el bot nunca operó en esa cuenta."""
    fila = EstadoGuardado.objects.filter(**ficha.clave).first()
    return None if fila is None else descifrar(fila)


def activar_bot(ficha: Ficha, balance: Decimal, ahora: datetime) -> EstadoBot:
    """Devuelve el estado del bot: el guardado si lo hay; si no, uno nuevo que empieza en ``balance``.

    Del guardado se suelta lo que otro bot de la cuenta liquidó entretanto: comprometido, no dejaría entrar más.
    """
    with transaction.atomic():
        fila = EstadoGuardado.objects.select_for_update().filter(**ficha.clave).first()
        if fila is not None:
            return _cambiar(ficha, ahora, lambda estado: (estado_bot.soltar(estado, _cerradas(ficha, estado)), ()))
        estado, avisos = estado_bot.activar(balance, ahora)
        EstadoGuardado.objects.create(**ficha.clave, ciclo=estado.ciclo, estado=_cifrar(estado), actualizado_en=ahora)
        _anotar_balance(ficha, balance, ahora, "inicio")
        _publicar(ficha, avisos, ahora)
        return estado


def asentar_compra(ficha: Ficha, referencia: str, prima: Decimal, ahora: datetime) -> EstadoBot:
    """Devuelve el estado con la prima de un contrato propio comprometida; si ya se liquidó, el mismo.

    Un proceso que se quedó congelado puede llegar aquí cuando otro ya la liquidó: comprometerla bloquearía la cuenta.
    """

    def cambio(estado: EstadoBot) -> Cambio:  # con la fila bloqueada: la liquidación va antes o después, no a la vez
        comprado = estado_bot.comprar(estado, referencia, prima)
        return estado_bot.soltar(comprado, _cerradas(ficha, comprado)), ()

    return _cambiar(ficha, ahora, cambio)


def asentar_liquidacion(
    ficha: Ficha, liquidacion: Liquidacion, regla: ReglaDinamica, pausa: timedelta, ahora: datetime
) -> EstadoBot:
    """Devuelve el estado tras cerrar una operación propia. Repetirla no cambia nada: se asienta una vez.

    La operación, el balance, el estado, la pausa y los avisos van en la misma transacción.
    """
    with transaction.atomic():
        operacion = cerrar_operacion(ficha.sede, ficha.cuenta, liquidacion, ahora=ahora)
        if operacion is None:
            return descifrar(EstadoGuardado.objects.get(**ficha.clave))

        def cambio(estado: EstadoBot) -> Cambio:
            return estado_bot.liquidar(
                estado,
                regla,
                referencia=liquidacion.referencia,
                beneficio=liquidacion.beneficio,
                resultado=liquidacion.resultado,
                direccion=Direccion(operacion.direccion),
                hora=liquidacion.hora,
                pausa=pausa,
            )

        estado = _cambiar(ficha, ahora, cambio)
        _anotar_balance(ficha, estado.libro.asentado, liquidacion.hora, "liquidacion")
        return estado


def asentar_ajeno(ficha: Ficha, movimiento: Movimiento, ahora: datetime) -> EstadoBot | None:
    """Devuelve el estado tras un movimiento que no es nuestro, o None si ya estaba anotado."""
    with transaction.atomic():
        if not anotar_movimiento(ficha.sede, ficha.cuenta, movimiento, propio=False, ahora=ahora):
            return None
        estado = _cambiar(
            ficha, ahora, lambda estado: estado_bot.mover_ajeno(estado, movimiento.importe, movimiento.accion)
        )
        _anotar_balance(ficha, estado.libro.asentado, movimiento.hora, "ajeno")
        return estado


class HoraDeEntrada(msgspec.Struct, frozen=True, kw_only=True):
    """Cuándo se entra tras la pausa y por qué: la hora local (None: se esperan datos), la tabla y el veredicto."""

    hora: int | None
    entra_en: datetime
    tabla: dict[str, Any] | None = None
    veredicto: str = ""


def terminar_pausa(ficha: Ficha, ahora: datetime, eleccion: HoraDeEntrada) -> EstadoBot:
    """Devuelve el estado que espera su hora, si la pausa se cumplió. La tabla y el veredicto quedan en su fila."""

    def cambio(estado: EstadoBot) -> Cambio:
        return estado_bot.fin_de_pausa(estado, ahora, eleccion.hora, eleccion.entra_en, eleccion.veredicto)

    return _con_la_hora(ficha, ahora, eleccion, cambio)


def elegir_hora(ficha: Ficha, ahora: datetime, eleccion: HoraDeEntrada) -> EstadoBot:
    """Devuelve el estado con la hora elegida después de acabar la pausa, cuando ya hubo datos bastantes."""

    def cambio(estado: EstadoBot) -> Cambio:
        if eleccion.hora is None:
            return estado, ()
        return estado_bot.elegir_hora(estado, eleccion.hora, eleccion.entra_en, eleccion.veredicto)

    return _con_la_hora(ficha, ahora, eleccion, cambio)


def _con_la_hora(
    ficha: Ficha, ahora: datetime, eleccion: HoraDeEntrada, cambio: Callable[[EstadoBot], Cambio]
) -> EstadoBot:
    with transaction.atomic():
        estado = _cambiar(ficha, ahora, cambio)
        if estado.hora_elegida == eleccion.hora and estado.entra_en == eleccion.entra_en:
            campos = {
                "hora_elegida": eleccion.hora,
                "entra_en": eleccion.entra_en,
                "tabla_horas": eleccion.tabla,
                "veredicto": eleccion.veredicto[:200],
            }
            Pausa.objects.filter(**ficha.clave, pausado_en=estado.pausado_en).update(**campos)
        return estado


def reactivar_bot(ficha: Ficha, ahora: datetime) -> EstadoBot:
    """Devuelve el estado de una tanda nueva, si llegó la hora elegida."""
    return _cambiar(ficha, ahora, lambda estado: estado_bot.reactivar(estado, ahora))


def ajustar_saldo(ficha: Ficha, hay_monto: bool, ahora: datetime) -> EstadoBot:
    """Devuelve el estado tras comprobar si el monto llega al mínimo de la sede."""
    return _cambiar(ficha, ahora, lambda estado: estado_bot.ajustar_saldo(estado, hay_monto, ahora))


def _cerradas(ficha: Ficha, estado: EstadoBot) -> frozenset[str]:
    """Devuelve cuáles de las referencias comprometidas están ya liquidadas en la base."""
    filas = Operacion.objects.filter(
        sede=ficha.sede, cuenta=ficha.cuenta, numero_contrato__in=list(estado.libro.abiertos), estado="cerrada"
    )
    return frozenset(filas.values_list("numero_contrato", flat=True))


def _cambiar(ficha: Ficha, ahora: datetime, cambio: Callable[[EstadoBot], Cambio]) -> EstadoBot:
    with transaction.atomic():
        fila = EstadoGuardado.objects.select_for_update().get(**ficha.clave)
        antes = descifrar(fila)
        estado, avisos = cambio(antes)
        if estado == antes:
            return antes
        fila.ciclo, fila.estado = estado.ciclo, _cifrar(estado)
        fila.version += 1
        fila.actualizado_en = ahora
        fila.save()
        _guardar_pausa(ficha, antes, estado, ahora)
        _publicar(ficha, avisos, ahora)
        return estado


def _guardar_pausa(ficha: Ficha, antes: EstadoBot, estado: EstadoBot, ahora: datetime) -> None:
    """Escribe en la fila de la pausa lo que el cambio de ciclo dice de ella."""
    if estado.ciclo is antes.ciclo:
        return
    if estado.ciclo is Ciclo.PAUSADO:
        Pausa.objects.create(
            **ficha.clave,
            tanda=estado.tanda.numero,
            pausado_en=estado.pausado_en,
            reanuda_en=estado.reanuda_en,
            motivo=f"perdió {estado.tanda.perdida_acumulada} desde el pico de {estado.tanda.pico}",
        )
        return
    pausa = Pausa.objects.filter(**ficha.clave, reactivado_en=None).order_by("-pausado_en")[:1]
    if antes.ciclo is Ciclo.ESPERANDO_HORARIO:
        Pausa.objects.filter(pk__in=list(pausa.values_list("pk", flat=True))).update(reactivado_en=ahora)


def _anotar_balance(ficha: Ficha, balance: Decimal, hora: datetime, origen: str) -> None:
    anotar_balance(ficha.sede, ficha.cuenta, balance, ficha.moneda, ahora=hora, origen=origen, bot=ficha.bot)


def _publicar(ficha: Ficha, avisos: tuple[Aviso, ...], ahora: datetime) -> None:
    for aviso in avisos:
        datos = {**ficha.clave, "moneda": ficha.moneda, **({"entorno": ficha.entorno} if ficha.entorno else {})}
        publicar_evento(ficha.bot, aviso.tipo, datos | aviso.datos, ahora=ahora)


def _cifrar(estado: EstadoBot) -> str:
    return msgspec.json.encode(estado).decode()
