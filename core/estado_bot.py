"""El ciclo del bot, puro: OPERANDO, PAUSADO, ESPERANDO_HORARIO, SIN_SALDO. El freno es otro campo y vive aparte.

Cada función recibe un estado y devuelve otro más los sucesos que hay que contar. La pausa empieza en la primera
liquidación que deja el balance en el nivel del stop o por debajo, con la hora de la SEDE, y en ninguna otra.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from core import balance as libro_balance
from core import meta_dinamica
from core.balance import LibroBalance
from core.meta_dinamica import ReglaDinamica, Suceso, Tanda
from dominio.posiciones import Resultado
from dominio.senales import Direccion


class Ciclo(StrEnum):
    """En qué punto de su propia regla está el bot."""

    OPERANDO = "OPERANDO"
    PAUSADO = "PAUSADO"
    ESPERANDO_HORARIO = "ESPERANDO_HORARIO"
    SIN_SALDO = "SIN_SALDO"


class Aviso(msgspec.Struct, frozen=True):
    """Algo que contar: se guarda como evento en la misma transacción que el estado."""

    tipo: str
    datos: dict[str, Any] = {}


class Contadores(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ganadas y perdidas por dirección, y nulas. Los movimientos ajenos no los tocan."""

    ganadas_call: int = 0
    ganadas_put: int = 0
    perdidas_call: int = 0
    perdidas_put: int = 0
    nulas: int = 0

    @property
    def ganadas(self) -> int:
        """Devuelve las ganadas de ambas direcciones."""
        return self.ganadas_call + self.ganadas_put

    @property
    def perdidas(self) -> int:
        """Devuelve las perdidas de ambas direcciones."""
        return self.perdidas_call + self.perdidas_put

    def con(self, resultado: Resultado, direccion: Direccion) -> "Contadores":
        """Devuelve los contadores con una operación más."""
        if resultado is Resultado.NULA:
            return msgspec.structs.replace(self, nulas=self.nulas + 1)
        lado = "call" if direccion.signo > 0 else "put"
        campo = f"{'ganadas' if resultado is Resultado.GANADA else 'perdidas'}_{lado}"
        return msgspec.structs.replace(self, **{campo: getattr(self, campo) + 1})


class EstadoBot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Todo lo que hace falta para seguir tras un reinicio, en cualquier momento."""

    ciclo: Ciclo
    desde: datetime
    tanda: Tanda
    libro: LibroBalance
    contadores: Contadores = Contadores()
    pausado_en: datetime | None = None
    reanuda_en: datetime | None = None
    entra_en: datetime | None = None
    hora_elegida: int | None = None


def activar(balance: Decimal, ahora: datetime) -> tuple[EstadoBot, tuple[Aviso, ...]]:
    """Devuelve el estado de un bot que empieza a operar por primera vez en esta cuenta."""
    estado = EstadoBot(
        ciclo=Ciclo.OPERANDO,
        desde=ahora,
        tanda=meta_dinamica.nueva_tanda(1, balance),
        libro=libro_balance.abrir_libro(balance),
    )
    return estado, (Aviso("INICIO_OPERATIVA", {"tanda": 1, "balance": str(balance)}),)


def comprar(estado: EstadoBot, referencia: str, prima: Decimal) -> EstadoBot:
    """Devuelve el estado con la prima de un contrato propio comprometida."""
    return msgspec.structs.replace(estado, libro=libro_balance.comprar(estado.libro, referencia, prima))


def soltar(estado: EstadoBot, referencias: Collection[str]) -> EstadoBot:
    """Devuelve el estado sin comprometer esas primas: ya se liquidaron y se contaron en otra parte."""
    if not referencias:
        return estado
    return msgspec.structs.replace(estado, libro=libro_balance.soltar(estado.libro, referencias))


def liquidar(
    estado: EstadoBot,
    regla: ReglaDinamica,
    *,
    referencia: str,
    beneficio: Decimal,
    resultado: Resultado,
    direccion: Direccion,
    hora: datetime,
    pausa: timedelta,
) -> tuple[EstadoBot, tuple[Aviso, ...]]:
    """Devuelve el estado tras liquidar una operación propia. ``hora`` es la de la sede.

    Fuera de OPERANDO o SIN_SALDO (un contrato adoptado tarde) se anota y no mueve ninguna hora.
    """
    libro = libro_balance.liquidar(estado.libro, referencia, beneficio)
    nuevo = msgspec.structs.replace(estado, libro=libro, contadores=estado.contadores.con(resultado, direccion))
    if estado.ciclo not in (Ciclo.OPERANDO, Ciclo.SIN_SALDO):
        return msgspec.structs.replace(nuevo, tanda=msgspec.structs.replace(estado.tanda, balance=libro.asentado)), ()
    tanda, suceso = meta_dinamica.asentar(estado.tanda, libro.asentado, regla)
    nuevo = msgspec.structs.replace(nuevo, tanda=tanda)
    if suceso is Suceso.STOP:
        return _pausar(nuevo, regla, hora, pausa)
    if suceso is Suceso.META:
        datos = {
            "balance": str(tanda.balance),
            "meta": str(tanda.meta(regla)),
            "nivel_stop": str(tanda.nivel_stop(regla)),
        }
        return nuevo, (Aviso("META_ALCANZADA", datos),)
    return nuevo, ()


def _pausar(
    estado: EstadoBot, regla: ReglaDinamica, hora: datetime, pausa: timedelta
) -> tuple[EstadoBot, tuple[Aviso, ...]]:
    pausado = msgspec.structs.replace(
        estado,
        ciclo=Ciclo.PAUSADO,
        desde=hora,
        pausado_en=hora,
        reanuda_en=hora + pausa,
        entra_en=None,
        hora_elegida=None,
    )
    datos = {
        "balance": str(estado.tanda.balance),
        "pico": str(estado.tanda.pico),
        "perdida_acumulada": str(estado.tanda.perdida_acumulada),
        "nivel_stop": str(estado.tanda.nivel_stop(regla)),
        "reanuda_en": (hora + pausa).isoformat(),
        "tanda": estado.tanda.numero,
    }
    return pausado, (Aviso("STOP_LOSS", datos),)


def mover_ajeno(estado: EstadoBot, importe: Decimal, motivo: str) -> tuple[EstadoBot, tuple[Aviso, ...]]:
    """Devuelve el estado tras un cambio de balance que no es nuestro; ni cuenta operaciones ni cambia el ciclo."""
    libro = libro_balance.mover_ajeno(estado.libro, importe)
    tanda = meta_dinamica.movimiento_ajeno(estado.tanda, libro.asentado)
    datos = {"importe": str(importe), "motivo": motivo, "balance": str(libro.asentado), "factor": str(tanda.factor)}
    return msgspec.structs.replace(estado, libro=libro, tanda=tanda), (Aviso("MOVIMIENTO_AJENO", datos),)


def fin_de_pausa(
    estado: EstadoBot, ahora: datetime, hora: int | None, entra_en: datetime, veredicto: str = ""
) -> tuple[EstadoBot, tuple[Aviso, ...]]:
    """Devuelve el estado que espera su hora, si la pausa ya se cumplió; si no, el mismo.

    Sin ``hora``, ``entra_en`` es hasta cuándo se esperan datos para elegirla. El veredicto se cuenta y no decide nada.
    """
    if estado.ciclo is not Ciclo.PAUSADO or estado.reanuda_en is None or ahora < estado.reanuda_en:
        return estado, ()
    esperando = msgspec.structs.replace(
        estado, ciclo=Ciclo.ESPERANDO_HORARIO, desde=ahora, entra_en=entra_en, hora_elegida=hora
    )
    datos = {"hora_elegida": hora, "entra_en": entra_en.isoformat(), "veredicto": veredicto}
    return esperando, (Aviso("FIN_DE_PAUSA", datos),)


def elegir_hora(
    estado: EstadoBot, hora: int, entra_en: datetime, veredicto: str = ""
) -> tuple[EstadoBot, tuple[Aviso, ...]]:
    """Devuelve el estado con la hora que no se pudo elegir al acabar la pausa; si ya tenía una, el mismo."""
    if estado.ciclo is not Ciclo.ESPERANDO_HORARIO or estado.hora_elegida is not None:
        return estado, ()
    elegido = msgspec.structs.replace(estado, hora_elegida=hora, entra_en=entra_en)
    datos = {"hora_elegida": hora, "entra_en": entra_en.isoformat(), "veredicto": veredicto}
    return elegido, (Aviso("HORA_ELEGIDA", datos),)


def reactivar(estado: EstadoBot, ahora: datetime) -> tuple[EstadoBot, tuple[Aviso, ...]]:
    """Devuelve el bot operando en una tanda nueva desde el balance de este momento, si ya es su hora."""
    if estado.ciclo is not Ciclo.ESPERANDO_HORARIO or estado.entra_en is None or ahora < estado.entra_en:
        return estado, ()
    tanda = meta_dinamica.nueva_tanda(estado.tanda.numero + 1, estado.libro.asentado)
    operando = msgspec.structs.replace(
        estado, ciclo=Ciclo.OPERANDO, desde=ahora, tanda=tanda, pausado_en=None, reanuda_en=None, entra_en=None
    )
    return operando, (Aviso("REACTIVADO", {"tanda": tanda.numero, "balance": str(tanda.balance)}),)


def ajustar_saldo(estado: EstadoBot, hay_monto: bool, ahora: datetime) -> tuple[EstadoBot, tuple[Aviso, ...]]:
    """Devuelve el estado en SIN_SALDO si el monto no llega al mínimo de la sede, o de vuelta si ya llega."""
    if estado.ciclo is Ciclo.OPERANDO and not hay_monto:
        return msgspec.structs.replace(estado, ciclo=Ciclo.SIN_SALDO, desde=ahora), (
            Aviso("SIN_SALDO", {"balance": str(estado.libro.asentado)}),
        )
    if estado.ciclo is Ciclo.SIN_SALDO and hay_monto:
        return msgspec.structs.replace(estado, ciclo=Ciclo.OPERANDO, desde=ahora), (Aviso("SALDO_SUFICIENTE"),)
    return estado, ()


def puede_entrar(estado: EstadoBot) -> bool:
    """Devuelve si la regla propia deja abrir: operando y sin nada abierto."""
    return estado.ciclo is Ciclo.OPERANDO and not estado.libro.abiertos
