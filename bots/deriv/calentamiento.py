"""El calentamiento: cuánta historia hace falta y cómo se lee aunque la sede tropiece. Solo lecturas: se repiten."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from dominio.errores import ErrorPermanente, ErrorReintentable, ErrorRetroceder
from dominio.puertos import Mercado
from trading.motor_senales.motor import MotorSenales

T = TypeVar("T")
INTENTOS = 5
ESPERA_S = 1.0
TICKS_MAX = 5000  # lo que la sede da de una vez


async def insistir(leer: Callable[[], Awaitable[T]], intentos: int = INTENTOS) -> T:
    """Devuelve lo que dé una LECTURA; un fallo pasajero se repite con espera creciente (o la que pida la sede).

    Raises:
        ErrorReintentable: el último fallo, si ninguno de los ``intentos`` sirvió. Los demás errores, al momento.
    """
    for intento in range(1, intentos):
        try:
            return await leer()
        except ErrorReintentable as fallo:
            espera = fallo.esperar_s if isinstance(fallo, ErrorRetroceder) else ESPERA_S * intento
            await asyncio.sleep(espera)
    return await leer()


async def calentar(
    motor: MotorSenales,
    mercado: Mercado,
    minimo: int,
    al_activo: Callable[[str], None] = lambda _simbolo: None,
    *,
    simbolos: Sequence[str] | None = None,
) -> None:
    """Rehace los indicadores de cada activo (o de ``simbolos``) con la historia que da la sede.

    ``minimo``: ticks por activo; se piden más si el motor los necesita para su cadencia, hasta 5000. Lo que la sede no
    ofrece ahora se queda frío: un activo que falta no impide arrancar, que puede haber contratos por liquidar.
    """
    instrumentos = await insistir(mercado.instrumentos)
    cadencias = {instrumento.simbolo: instrumento.intervalo_ms for instrumento in instrumentos}
    for simbolo in motor.simbolos if simbolos is None else simbolos:
        cadencia = cadencias.get(simbolo, 0)
        necesarios = motor.ticks_calentamiento(cadencia) if cadencia else minimo
        cuantos = min(max(minimo, necesarios), TICKS_MAX)
        try:
            motor.calentar(simbolo, await insistir(partial(mercado.ticks_pasados, simbolo, cuantos)))
        except ErrorPermanente as motivo:
            al_activo(f"{simbolo}: {motivo.mensaje}")
        else:
            al_activo(simbolo)


async def suscribir(mercado: Mercado, simbolos: tuple[str, ...]) -> None:
    """Suscribe los ticks; los de un activo que la sede no ofrece ahora se vuelven a pedir solos más tarde."""
    with suppress(ErrorPermanente):
        await insistir(partial(mercado.suscribir_ticks, simbolos))
