"""El análisis de la historia: las mismas reglas que en vivo, una entrada cada vez y sin mirar al futuro."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dominio.posiciones import Resultado
from dominio.senales import Direccion
from dominio.velas import Tick
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.relleno import EntradaHistorica, Pago, ReglaRelleno, Relleno, por_hora, restar
from simulacion.sedes.deriv.liquidacion import gana
from trading.motor_senales.motor import EstadoMercado, MotorSenales
from trading.motor_senales.parametros import ParametrosSenales

pytestmark = pytest.mark.rapido

AHORA_S = 1_780_000_000
ACTIVOS = ("R_50", "1HZ10V")
PARAMETROS = ParametrosSenales(peso_velas=0.0, exigir_ventaja=False)
PAGOS = {
    simbolo: {lado: Pago(Decimal(10), Decimal("19.53")) for lado in (Direccion.CALL, Direccion.PUT)}
    for simbolo in ACTIVOS
}


def historia(segundos: int = 1800, semilla: int = 5) -> dict[str, list[Tick]]:
    mercado = MercadoSintetico(semilla, AHORA_S)
    series = {}
    for simbolo in ACTIVOS:
        horas, precios = mercado.tramo(simbolo, AHORA_S - segundos, AHORA_S)
        series[simbolo] = [
            Tick(simbolo, int(epoch) * 1000, float(precio)) for epoch, precio in zip(horas, precios, strict=True)
        ]
    return series


def relleno(duracion: int = 5, unidad: str = "t", **regla: object) -> Relleno:
    motor = MotorSenales(PARAMETROS, ACTIVOS)
    return Relleno(motor, PAGOS, ReglaRelleno(duracion=duracion, unidad=unidad, **regla))  # type: ignore[arg-type]


@pytest.mark.parametrize(("duracion", "unidad"), [(5, "t"), (1, "t"), (15, "s"), (1, "m")])
def test_cada_entrada_se_liquida_con_los_ticks_de_la_sede(duracion: int, unidad: str) -> None:
    series = historia()
    hechas = relleno(duracion, unidad).procesar(por_hora(series.values()))
    assert len(hechas) > 10
    assert {una.direccion for una in hechas} == {Direccion.CALL, Direccion.PUT}
    for una in hechas:
        despues = [tick for tick in series[una.simbolo] if tick.epoch_ms // 1000 > una.inicio_s]
        if unidad == "t":
            salida = despues[duracion]
        else:
            vence = una.inicio_s + duracion * (60 if unidad == "m" else 1)
            salida = [tick for tick in despues if tick.epoch_ms // 1000 <= vence][-1]
        assert (float(una.precio_entrada), float(una.precio_salida)) == (despues[0].precio, salida.precio)
        assert una.fin_s == salida.epoch_ms // 1000
        acierta = gana(una.direccion, despues[0].precio, salida.precio)
        assert una.resultado is (Resultado.GANADA if acierta else Resultado.PERDIDA)
        assert una.beneficio == (Decimal("9.53") if acierta else Decimal(-10))


def test_una_cada_vez_y_la_siguiente_tras_liquidar() -> None:
    hechas = relleno().procesar(por_hora(historia().values()))
    assert all(b.inicio_s >= a.liquidada_s for a, b in pairwise(hechas))
    assert len({una.numero for una in hechas}) == len(hechas)


def test_no_mira_al_futuro_ni_depende_de_como_se_parta() -> None:
    ticks = por_hora(historia().values())
    enteras = relleno().procesar(ticks)
    corte = ticks[len(ticks) // 2].epoch_ms
    mitad = relleno()
    primeras = mitad.procesar([tick for tick in ticks if tick.epoch_ms < corte])
    assert primeras == enteras[: len(primeras)]
    assert primeras + mitad.procesar([tick for tick in ticks if tick.epoch_ms >= corte]) == enteras
    assert enteras[len(primeras)].liquidada_s * 1000 >= corte


def test_elige_lo_que_elegiria_el_motor_en_ese_instante() -> None:
    ticks = por_hora(historia(900).values())
    motor = MotorSenales(PARAMETROS, ACTIVOS)
    mercado = {simbolo: EstadoMercado(True, 0.953) for simbolo in ACTIVOS}
    hechas = {una.inicio_s: una for una in relleno().procesar(ticks)}
    assert hechas
    vistas = 0
    for i, tick in enumerate(ticks):
        motor.procesar_tick(tick)
        ultimo = i + 1 == len(ticks) or ticks[i + 1].epoch_ms != tick.epoch_ms
        una = hechas.get(tick.epoch_ms // 1000)
        if ultimo and una is not None:
            senal = motor.elegir(tick.epoch_ms, mercado).senal
            assert senal is not None
            assert (senal.simbolo, senal.direccion) == (una.simbolo, una.direccion)
            assert round(senal.confianza_pct, 2) == una.confianza_pct
            vistas += 1
    assert vistas == len(hechas)


def test_lo_que_un_hueco_no_deja_ver_se_abandona() -> None:
    ticks = por_hora(historia().values())
    uno = relleno()
    antes: list[EntradaHistorica] = []
    i = 0
    while uno.abierta_desde_s is None or i < 200:
        antes += uno.procesar([ticks[i]])
        i += 1
    inicio = uno.abierta_desde_s
    despues = [Tick(t.simbolo, t.epoch_ms + 300_000, t.precio) for t in ticks[i:]]
    hechas = uno.procesar(despues)
    assert uno.abandonadas == 1
    assert hechas
    assert all(una.inicio_s != inicio for una in antes + hechas)


def test_sin_pago_conocido_o_con_uno_bajo_no_se_entra() -> None:
    ticks = por_hora(historia(900).values())
    motor = MotorSenales(PARAMETROS, ACTIVOS)
    solo_uno = Relleno(motor, {"R_50": PAGOS["R_50"]}, ReglaRelleno(duracion=5, unidad="t"))
    assert {una.simbolo for una in solo_uno.procesar(ticks)} == {"R_50"}
    assert relleno(pago_neto_min=0.96).procesar(ticks) == []


def test_exigiendo_ventaja_en_un_indice_sintetico_no_se_entra() -> None:
    assert relleno(exigir_ventaja=True).procesar(por_hora(historia(900).values())) == []


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=6), st.integers(0, 60), st.integers(0, 60))
def test_lo_que_falta_es_lo_pedido_menos_lo_hecho(tramos: list[tuple[int, int]], a: int, largo: int) -> None:
    hechos = [(inicio, inicio + cuanto) for inicio, cuanto in tramos]
    faltan = restar(a, a + largo, hechos)
    puntos = {punto for desde, hasta in faltan for punto in range(desde, hasta)}
    hecho = {punto for desde, hasta in hechos for punto in range(desde, hasta)}
    assert puntos == set(range(a, a + largo)) - hecho
    assert all(desde < hasta for desde, hasta in faltan)
    assert sum(hasta - desde for desde, hasta in faltan) == len(puntos)
