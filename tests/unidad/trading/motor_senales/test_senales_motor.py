"""El motor entero: sin mirar al futuro, repetible, y callado cuando debe."""

from functools import lru_cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dominio.errores import ErrorConfiguracion, ErrorPermanente
from dominio.senales import Direccion
from dominio.velas import Tick, Vela
from indicadores.velas import ConstructorVelas
from trading.motor_senales.motor import EstadoMercado, EstadoMotor, MotorSenales
from trading.motor_senales.parametros import ParametrosSenales

from .conftest import INICIO_MS, pasear

pytestmark = pytest.mark.rapido
# Velas cortas y reajuste frecuente: en pocos ticks pasa de todo.
CORTOS = ParametrosSenales(vela_s=10, exigir_ventaja=False, umbral_senal=0.02, reajuste_cada=5)
ABIERTO = EstadoMercado(abierto=True, pago_neto=0.95)


def decisiones(motor: MotorSenales, ticks: list[Tick], mercado: dict[str, EstadoMercado]) -> list:
    salida = []
    for tick in ticks:
        motor.procesar_tick(tick)
        eleccion = motor.elegir(tick.epoch_ms, mercado)
        salida.append((motor.senal(tick.simbolo, tick.epoch_ms), eleccion))
    return salida


def dos_activos(paseo, cuantos: int, semilla: int = 1) -> list[Tick]:
    mezcla = [*paseo(semilla, cuantos, "R_50"), *paseo(semilla + 100, cuantos, "R_75")]
    return sorted(mezcla, key=lambda t: t.epoch_ms)


@pytest.fixture
def ticks_dos(paseo):
    return dos_activos(paseo, 500)


AMBOS = {"R_50": ABIERTO, "R_75": ABIERTO}


@lru_cache(maxsize=1)
def referencia() -> tuple[list[Tick], list]:
    ticks = dos_activos(pasear, 450, 7)
    return ticks, decisiones(MotorSenales(CORTOS, ("R_50", "R_75")), ticks, AMBOS)


@given(st.integers(1, 899), st.lists(st.floats(80.0, 105.0), min_size=30, max_size=30))
@settings(max_examples=12, deadline=None)
def test_cambiar_el_futuro_no_cambia_ninguna_decision_pasada(corte: int, otros: list[float]) -> None:
    ticks, esperadas = referencia()
    cambiados = [
        msgspec.structs.replace(t, precio=otros[i % 30]) if i >= corte else t for i, t in enumerate(ticks[: corte + 60])
    ]
    obtenidas = decisiones(MotorSenales(CORTOS, ("R_50", "R_75")), cambiados, AMBOS)
    assert obtenidas[:corte] == esperadas[:corte]


def test_los_mismos_ticks_dan_las_mismas_decisiones(ticks_dos) -> None:
    uno = decisiones(MotorSenales(CORTOS, ("R_50", "R_75")), ticks_dos, AMBOS)
    dos = decisiones(MotorSenales(CORTOS, ("R_50", "R_75")), ticks_dos, AMBOS)
    assert uno == dos
    assert any(e.senal is not None for _, e in uno)


def test_consultar_no_cambia_lo_que_se_decide(ticks_dos) -> None:
    """Preguntar en cada tick o uno de cada siete da las mismas decisiones en los ticks que coinciden."""
    preguntado, callado = (MotorSenales(CORTOS, ("R_50", "R_75")) for _ in range(2))
    decididas = decisiones(preguntado, ticks_dos, AMBOS)
    for i, tick in enumerate(ticks_dos):
        callado.procesar_tick(tick)
        if i % 7 == 0:
            assert callado.elegir(tick.epoch_ms, AMBOS) == decididas[i][1]


def test_la_senal_dice_todo_lo_que_promete(paseo) -> None:
    motor = MotorSenales(CORTOS, ("R_50",), bot="mi_bot")
    vistas = {}
    for tick in paseo(3, 600):
        motor.procesar_tick(tick)
        senal = motor.senal("R_50", tick.epoch_ms)
        if senal is None:
            continue
        vistas[senal.clave] = senal
        assert senal.clave == f"mi_bot:R_50:{tick.epoch_ms}"
        assert (senal.epoch_ms, senal.precio) == (tick.epoch_ms, tick.precio)
        assert 0.0 < senal.fuerza <= 1.0
        assert 0.0 <= senal.probabilidad_baja <= senal.probabilidad <= 1.0
        assert len(senal.componentes) == 10
        assert all(-1.0 <= f <= 1.0 for f in senal.componentes.values())
    assert {s.direccion for s in vistas.values()} == {Direccion.CALL, Direccion.PUT}
    assert len(vistas) > 300, "una clave distinta en cada tick con señal"


def test_calentando_no_hay_senal_y_la_eleccion_lo_dice(paseo) -> None:
    motor = MotorSenales(CORTOS, ("R_50", "R_75"))
    for tick in paseo(1, 20):
        motor.procesar_tick(tick)
    ahora = INICIO_MS + 40_000
    assert motor.senal("R_50", ahora) is None
    eleccion = motor.elegir(ahora, {"R_50": ABIERTO, "R_75": ABIERTO})
    assert {d.simbolo: d.codigo for d in eleccion.descartes} == {"R_50": "CALENTANDO", "R_75": "SIN_DATOS"}


def test_un_tick_rancio_calla_la_senal(paseo) -> None:
    ticks = paseo(1, 400)
    motor = MotorSenales(CORTOS, ("R_50",))
    motor.calentar("R_50", ticks)
    limite = ticks[-1].epoch_ms + CORTOS.edad_max_ms
    assert motor.senal("R_50", limite) is not None
    assert motor.senal("R_50", limite + 1) is None
    assert motor.elegir(limite + 1, {"R_50": ABIERTO}).descartes[0].codigo == "RANCIO"


def test_un_activo_sin_datos_de_la_sede_cuenta_como_cerrado(paseo) -> None:
    ticks = paseo(1, 400)
    motor = MotorSenales(CORTOS, ("R_50",))
    motor.calentar("R_50", ticks)
    assert motor.elegir(ticks[-1].epoch_ms, {}).descartes[0].codigo == "CERRADO"


def test_ticks_repetidos_atrasados_o_invalidos_no_tocan_nada(paseo) -> None:
    limpios = paseo(5, 400)
    limpio, sucio = (MotorSenales(CORTOS, ("R_50",)) for _ in range(2))
    for i, tick in enumerate(limpios):
        assert limpio.procesar_tick(tick)
        assert sucio.procesar_tick(tick)
        assert not sucio.procesar_tick(tick)
        assert not sucio.procesar_tick(limpios[i // 2])
        for malo in (0.0, -1.0, float("nan"), float("inf")):
            assert not sucio.procesar_tick(Tick("R_50", tick.epoch_ms + 1, malo))
        assert not sucio.procesar_tick(Tick("OTRO", tick.epoch_ms + 1, 50.0))
    ahora = limpios[-1].epoch_ms
    assert sucio.senal("R_50", ahora) == limpio.senal("R_50", ahora)
    assert sucio.estado() == limpio.estado()
    assert (sucio.repetidos, sucio.rechazados) == (800, 1600)


def test_tras_un_hueco_largo_se_recalienta_y_la_etiqueta_a_medias_no_cuenta(paseo) -> None:
    ticks = paseo(6, 300)
    motor = MotorSenales(CORTOS, ("R_50",))
    motor.calentar("R_50", ticks)
    antes = motor.reporte().n
    salto = ticks[-1].epoch_ms + CORTOS.hueco_max_ms + 1
    for i in range(10):
        motor.procesar_tick(Tick("R_50", salto + i * 2000, 92.0 + i))
    assert motor.senal("R_50", salto + 18_000) is None
    assert motor.reporte().n == antes


def test_calentar_equivale_a_haberlo_vivido(paseo) -> None:
    ticks = paseo(8, 500)
    vivido, calentado = (MotorSenales(CORTOS, ("R_50",)) for _ in range(2))
    for tick in ticks:
        vivido.procesar_tick(tick)
    assert calentado.calentar("R_50", ticks) == 500
    ahora = ticks[-1].epoch_ms
    assert calentado.senal("R_50", ahora) == vivido.senal("R_50", ahora)
    assert calentado.senal("R_50", ahora) is not None


def test_calentar_otra_vez_tras_un_corte_no_aprende_dos_veces(paseo) -> None:
    ticks = paseo(9, 800)
    motor = MotorSenales(CORTOS, ("R_50",))
    motor.calentar("R_50", ticks[:600])
    n = motor.reporte().n
    motor.calentar("R_50", ticks[200:600])
    assert motor.reporte().n == n
    motor.calentar("R_50", ticks[200:])
    assert n < motor.reporte().n <= n + 200 // (CORTOS.duracion + 1) + 1


def test_las_velas_de_la_sede_acortan_el_calentamiento_sin_mirar_adelante(paseo) -> None:
    ticks = paseo(10, 900)
    constructor = ConstructorVelas(10)
    velas = [v for t in ticks if (v := constructor.agregar(t)) is not None]
    entero, con_velas, sin_velas = (MotorSenales(CORTOS, ("R_50",)) for _ in range(3))
    entero.calentar("R_50", ticks)
    cola = ticks[803:]
    con_velas.calentar("R_50", cola, velas)
    sin_velas.calentar("R_50", cola)
    ahora = ticks[-1].epoch_ms
    assert sin_velas.senal("R_50", ahora) is None
    con, todo = con_velas.senal("R_50", ahora), entero.senal("R_50", ahora)
    assert con is not None
    assert todo is not None
    for clave, fuerza in todo.componentes.items():
        if clave.endswith("_velas"):
            assert con.componentes[clave] == pytest.approx(fuerza, abs=1e-12)


def test_una_vela_que_aun_no_se_conocia_no_entra_antes_de_tiempo(paseo) -> None:
    """El primer tramo está a medias: su vela se cierra DESPUÉS de los primeros ticks y no puede influir en ellos."""
    ticks = paseo(10, 200)[3:60]
    parametros = ParametrosSenales(vela_s=60, exigir_ventaja=False)
    inicio = INICIO_MS - 40 * 60_000
    previas = [Vela("R_50", inicio + i * 60_000, 60, 92.0, 92.0, 92.0, 92.0 + i % 5) for i in range(41)]
    trampa = [*previas[:-1], msgspec.structs.replace(previas[-1], cierre=500.0)]
    uno, dos = (MotorSenales(parametros, ("R_50",)) for _ in range(2))
    dentro = [t for t in ticks if t.epoch_ms < previas[-1].cierre_ms]
    uno.calentar("R_50", dentro, previas)
    dos.calentar("R_50", dentro, trampa)
    assert uno._activos["R_50"].conjunto.por_componente() == dos._activos["R_50"].conjunto.por_componente()


def test_guardar_y_restaurar_continua_igual(paseo) -> None:
    ticks = dos_activos(paseo, 500, 20)
    seguido = MotorSenales(CORTOS, ("R_50", "R_75"))
    for simbolo in seguido.simbolos:
        seguido.calentar(simbolo, [t for t in ticks if t.simbolo == simbolo])
    guardado = msgspec.json.decode(msgspec.json.encode(seguido.estado()), type=EstadoMotor)
    nuevo = MotorSenales(CORTOS, ("R_50", "R_75"))
    assert nuevo.restaurar(guardado)
    for simbolo in nuevo.simbolos:
        nuevo.calentar(simbolo, [t for t in ticks if t.simbolo == simbolo])
    assert nuevo.reporte() == seguido.reporte(), "recalentar con ticks conocidos no enseña nada nuevo"
    assert nuevo.reporte("R_75").n == seguido.reporte("R_75").n > 0


def test_un_estado_de_otros_parametros_se_descarta() -> None:
    estado = MotorSenales(CORTOS, ("R_50",)).estado()
    otro = MotorSenales(msgspec.structs.replace(CORTOS, duracion=7), ("R_50",))
    assert not otro.restaurar(estado)
    assert not MotorSenales(CORTOS, ("R_50",)).restaurar(msgspec.structs.replace(estado, version=99))


def test_en_una_moneda_al_aire_casi_nunca_se_demuestra_ventaja(paseo) -> None:
    """Con paseos puros y exigencia de ventaja, ninguna entrada en 30.000 ticks; sin ella, muchas."""
    exigente = msgspec.structs.replace(CORTOS, exigir_ventaja=True, reajuste_cada=25)
    simbolos = tuple(f"S{i}" for i in range(5))
    por_simbolo = [paseo(50 + i, 6000, s) for i, s in enumerate(simbolos)]
    motor = MotorSenales(exigente, simbolos)
    mercado = dict.fromkeys(simbolos, ABIERTO)
    entradas = 0
    for grupo in zip(*por_simbolo, strict=True):
        for tick in grupo:
            motor.procesar_tick(tick)
        entradas += motor.elegir(grupo[0].epoch_ms, mercado).senal is not None
    assert entradas == 0
    reporte = motor.reporte()
    assert reporte.n > 4500
    assert reporte.tasa == pytest.approx(0.5, abs=0.03)
    assert motor.tasa_base == pytest.approx(reporte.tasa, abs=0.01)


def test_una_ventaja_real_se_encuentra() -> None:
    """Si los precios vuelven siempre a su media, la calibración lo aprende y la exigencia de ventaja deja entrar."""
    import numpy as np

    azar = np.random.default_rng(3)
    precio, precios = 0.0, []
    for paso in azar.normal(0, 1, 8000):
        precio = 0.6 * precio + paso
        precios.append(100.0 + 0.01 * precio)
    parametros = ParametrosSenales(pesos={"bollinger": 1.0, "rsi": 1.0}, peso_velas=0.0)
    motor = MotorSenales(parametros, ("X",))
    entradas = 0
    for i, valor in enumerate(precios):
        motor.procesar_tick(Tick("X", INICIO_MS + i * 1000, float(valor)))
        entradas += motor.elegir(INICIO_MS + i * 1000, {"X": ABIERTO}).senal is not None
    assert entradas > 500


def test_errores_de_uso() -> None:
    with pytest.raises(ErrorConfiguracion, match="SEN-03"):
        MotorSenales(CORTOS, ())
    motor = MotorSenales(CORTOS, ("R_50", "R_50"))
    assert motor.simbolos == ("R_50",)
    for llamar in (lambda: motor.senal("NADA", 0), lambda: motor.calentar("NADA", []), lambda: motor.reporte("NADA")):
        with pytest.raises(ErrorPermanente, match="SEN-04"):
            llamar()
