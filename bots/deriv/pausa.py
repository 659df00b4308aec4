"""Qué hora toca después de la pausa: la mejor de sus entradas ficticias, la de reserva o esperar datos."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from core import horario
from core.estado_bot import Ciclo, EstadoBot
from core.services import Ficha, HoraDeEntrada
from dominio.posiciones import Resultado
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.selectors.ficticias import ficticias_de_pausa
from simulacion.horarios import Analisis, Entrada, analizar, equilibrio_de

MIRAR_CADA_S = 60.0


class ReglaHora(msgspec.Struct, frozen=True, kw_only=True):
    """Cómo se elige la hora: zona, muestras que hacen falta, hora de reserva y qué hacer si no hay datos."""

    zona: str
    min_muestras: int = 20
    hora_reserva: int | None = None
    espera_max_h: float = 24.0
    sin_hora: Literal["operar_igual", "seguir_pausado"] = "operar_igual"


class Elector:
    """Elige la hora de entrada con las entradas ficticias de la pausa."""

    def __init__(self, *, ficha: Ficha, regla: ReglaHora, ejecutor: Ejecutor, reloj: Reloj) -> None:
        self._ficha = ficha
        self._regla = regla
        self._ejecutor = ejecutor
        self._reloj = reloj
        self._zona = horario.zona(regla.zona)
        self._mirado = float("-inf")

    async def al_acabar(self, estado: EstadoBot, ahora: datetime) -> HoraDeEntrada:
        """Devuelve cuándo se entra al acabar la pausa. Una pausa de duración nula no enseña nada: se entra ya."""
        if estado.pausado_en == estado.reanuda_en:
            return HoraDeEntrada(hora=None, entra_en=ahora)
        self._mirado = self._reloj.monotonico()
        analisis = await self._analisis(estado, ahora)
        elegida = self._segun(analisis, ahora)
        if elegida is not None:
            return elegida
        hora = self._regla.hora_reserva
        limite = ahora + timedelta(hours=self._regla.espera_max_h)
        return HoraDeEntrada(
            hora=hora,
            entra_en=limite if hora is None else horario.proxima_entrada(ahora, hora, self._zona),
            tabla=analisis.como_dict(),
            veredicto=analisis.veredicto.frase,
        )

    async def mientras_espera(self, estado: EstadoBot, ahora: datetime) -> HoraDeEntrada | None:
        """Devuelve la hora en cuanto hay datos para elegirla; None si aún no, o si ya estaba elegida."""
        if not espera_datos(estado) or self._reloj.monotonico() - self._mirado < MIRAR_CADA_S:
            return None
        self._mirado = self._reloj.monotonico()
        return self._segun(await self._analisis(estado, ahora), ahora)

    def puede_reactivar(self, estado: EstadoBot) -> bool:
        """Devuelve si, llegada ``entra_en``, se opera: sin hora elegida solo cuando así se configuró."""
        return not espera_datos(estado) or self._regla.sin_hora == "operar_igual"

    def _segun(self, analisis: Analisis, ahora: datetime) -> HoraDeEntrada | None:
        if analisis.mejor is None:
            return None
        return HoraDeEntrada(
            hora=analisis.mejor.hora,
            entra_en=horario.proxima_entrada(ahora, analisis.mejor.hora, self._zona),
            tabla=analisis.como_dict(),
            veredicto=analisis.veredicto.frase,
        )

    async def _analisis(self, estado: EstadoBot, ahora: datetime) -> Analisis:
        cerradas = await self._ejecutor(ficticias_de_pausa, **self._ficha.clave, desde=estado.pausado_en, hasta=ahora)
        entradas = (
            Entrada(una.inicio, Resultado(una.resultado), equilibrio_de(una.monto, una.pago)) for una in cerradas
        )
        return analizar(entradas, self._zona, self._regla.min_muestras)


def espera_datos(estado: EstadoBot) -> bool:
    """Devuelve si la pausa acabó sin hora que elegir: se sigue probando hasta tenerla o hasta cansarse."""
    return (
        estado.ciclo is Ciclo.ESPERANDO_HORARIO
        and estado.hora_elegida is None
        and estado.pausado_en != estado.reanuda_en
    )


def aprende(estado: EstadoBot) -> bool:
    """Devuelve si toca hacer entradas ficticias: en la pausa y mientras falten datos para elegir la hora."""
    return estado.ciclo is Ciclo.PAUSADO or espera_datos(estado)
