"""El calentamiento pide historia bastante y aguanta lecturas que fallan un rato, pero no las que fallan siempre."""

import asyncio
from typing import Any

import pytest

from bots.deriv.calentamiento import ESPERA_S, INTENTOS, TICKS_MAX, calentar, insistir
from dominio.errores import ErrorPermanente, ErrorReintentable, ErrorRetroceder
from simulacion.bucles import correr
from trading.motor_senales.motor import MotorSenales
from trading.motor_senales.parametros import ParametrosSenales

pytestmark = pytest.mark.rapido


class _Instrumento:
    def __init__(self, simbolo: str, intervalo_ms: int) -> None:
        self.simbolo, self.intervalo_ms = simbolo, intervalo_ms


class _Mercado:
    """Da historia vacía y apunta cuánta se pidió; las primeras lecturas lanzan lo que diga ``fallos``."""

    def __init__(self, cadencias: dict[str, int], *fallos: Exception) -> None:
        self.cadencias, self.fallos = cadencias, list(fallos)
        self.pedidos: dict[str, int] = {}

    async def instrumentos(self) -> tuple[Any, ...]:
        return tuple(_Instrumento(simbolo, cadencia) for simbolo, cadencia in self.cadencias.items())

    async def ticks_pasados(self, simbolo: str, cuantos: int) -> tuple[Any, ...]:
        if self.fallos:
            raise self.fallos.pop(0)
        self.pedidos[simbolo] = cuantos
        return ()


def _motor(*simbolos: str, **parametros: Any) -> MotorSenales:
    return MotorSenales(ParametrosSenales(**parametros), simbolos)


def test_pide_lo_que_necesita_cada_cadencia_y_nunca_menos_de_lo_configurado() -> None:
    motor, mercado = _motor("1HZ100V", "R_100", "OTRO"), _Mercado({"1HZ100V": 1000, "R_100": 2000, "OTRO": 0})
    correr(calentar(motor, mercado, 1500))
    assert mercado.pedidos == {"1HZ100V": motor.ticks_calentamiento(1000), "R_100": 1500, "OTRO": 1500}
    assert mercado.pedidos["1HZ100V"] > 2000


def test_nunca_pide_mas_de_lo_que_da_la_sede() -> None:
    mercado = _Mercado({"1HZ100V": 1000})
    correr(calentar(_motor("1HZ100V", vela_s=3600), mercado, 200))
    assert mercado.pedidos == {"1HZ100V": TICKS_MAX}


def test_una_lectura_que_tropieza_se_repite_tras_la_espera_que_toca() -> None:
    async def medir() -> float:
        mercado = _Mercado({"R_50": 2000}, ErrorReintentable("X", "x"), ErrorRetroceder("Y", "y", esperar_s=7.0))
        await calentar(_motor("R_50"), mercado, 1500)
        assert mercado.pedidos == {"R_50": 1500}
        return asyncio.get_running_loop().time()

    assert correr(medir()) == pytest.approx(ESPERA_S + 7.0)


def test_si_no_deja_de_fallar_se_rinde_con_el_ultimo_fallo() -> None:
    fallos = [ErrorReintentable(f"X{n}", "x") for n in range(INTENTOS)]
    with pytest.raises(ErrorReintentable) as visto:
        correr(calentar(_motor("R_50"), _Mercado({"R_50": 2000}, *fallos), 1500))
    assert visto.value.codigo == f"X{INTENTOS - 1}"


def test_lo_que_no_es_pasajero_no_se_repite() -> None:
    veces: list[int] = []

    async def leer() -> None:
        veces.append(1)
        raise ErrorPermanente("P", "p")

    with pytest.raises(ErrorPermanente):
        correr(insistir(leer))
    assert veces == [1]


def test_un_activo_que_la_sede_no_ofrece_no_impide_calentar_los_demas() -> None:
    avisos: list[str] = []
    mercado = _Mercado({"R_50": 2000, "R_75": 2000}, ErrorPermanente("DER-304", "no se ofrece"))
    correr(calentar(_motor("R_50", "R_75"), mercado, 1500, avisos.append))
    assert mercado.pedidos == {"R_75": 1500}
    assert avisos == ["R_50: no se ofrece", "R_75"]
