"""La mejor hora: la regla, sus empates, las horas locales y el contraste, frente a scipy y frente a la fuerza bruta."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from dominio.posiciones import Resultado
from simulacion import horarios as h
from simulacion.estadistica_horas import aciertos_necesarios, cotas_wilson, minima_detectable, nivel, p_valor

pytestmark = pytest.mark.rapido

BOGOTA = ZoneInfo("America/Bogota")
EQUILIBRIO = 1 / 1.95
DIA = datetime(2026, 3, 1, 5, tzinfo=UTC)  # medianoche en Bogotá
G, P, N = Resultado.GANADA, Resultado.PERDIDA, Resultado.NULA


def entradas(hora: int, ganadas: int, perdidas: int, nulas: int = 0, equilibrio: float = EQUILIBRIO) -> list[h.Entrada]:
    """Devuelve entradas de una hora local de Bogotá, repartidas dentro de ella."""
    finales = [G] * ganadas + [P] * perdidas + [N] * nulas
    inicio = DIA + timedelta(hours=hora)
    return [h.Entrada(inicio + timedelta(seconds=i % 3600), uno, equilibrio) for i, uno in enumerate(finales)]


cuentas = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 2)), min_size=24, max_size=24)


def mezcla(filas: Sequence[tuple[int, int, int]]) -> list[h.Entrada]:
    return [una for hora, fila in enumerate(filas) for una in entradas(hora, *fila)]


@given(cuentas, st.integers(1, 12))
def test_la_elegida_es_la_de_mayor_cota_luego_mas_entradas_luego_la_mas_temprana(
    filas: list[tuple[int, int, int]], minimo: int
) -> None:
    tabla = h.tabla_horas(mezcla(filas), BOGOTA, minimo)

    def cota(ganadas: int, n: int) -> float:
        return binomtest(ganadas, n).proportion_ci(0.95, "wilson").low if ganadas else 0.0

    buenas = [(cota(g, g + p), g + p, -hora) for hora, (g, p, _) in enumerate(filas) if g + p >= minimo]
    mejor = h.elegir(tabla)
    if not buenas:
        assert mejor is None
        return
    assert mejor is not None
    maxima = max(cota for cota, _, _ in buenas)
    parejas = [(n, hora) for cota, n, hora in buenas if cota == pytest.approx(maxima, abs=1e-12)]
    assert (mejor.entradas, -mejor.hora) == max(parejas)


@given(cuentas, st.randoms(use_true_random=False))
def test_el_orden_de_las_entradas_da_igual(filas: list[tuple[int, int, int]], azar: object) -> None:
    ordenadas = mezcla(filas)
    revueltas = list(ordenadas)
    azar.shuffle(revueltas)  # type: ignore[attr-defined]
    assert h.analizar(revueltas, BOGOTA, 5) == h.analizar(ordenadas, BOGOTA, 5)


@given(cuentas)
def test_las_nulas_no_cambian_nada_mas_que_su_cuenta(filas: list[tuple[int, int, int]]) -> None:
    con = h.analizar(mezcla(filas), BOGOTA, 5)
    sin = h.analizar(mezcla([(g, p, 0) for g, p, _ in filas]), BOGOTA, 5)
    assert (con.mejor, con.veredicto) == (sin.mejor, sin.veredicto)
    assert con.tabla.nulas == sum(n for _, _, n in filas)
    assert [fila.entradas for fila in con.tabla.horas] == [g + p for g, p, _ in filas]


def test_los_tres_desempates() -> None:
    misma_cota = h.tabla_horas([*entradas(7, 0, 30), *entradas(3, 0, 25)], BOGOTA)
    assert [misma_cota.horas[i].cota_inferior_pct for i in (3, 7)] == [0.0, 0.0]
    mas_entradas = h.elegir(misma_cota)
    assert mas_entradas is not None
    assert (mas_entradas.hora, mas_entradas.entradas) == (7, 30)
    mas_temprana = h.elegir(h.tabla_horas([*entradas(9, 15, 10), *entradas(4, 15, 10)], BOGOTA))
    assert mas_temprana is not None
    assert mas_temprana.hora == 4
    mas_cota = h.elegir(h.tabla_horas([*entradas(2, 20, 0), *entradas(5, 70, 30)], BOGOTA))
    assert mas_cota is not None
    assert mas_cota.hora == 2


def test_menos_de_las_muestras_no_califica_aunque_acierte_todas() -> None:
    tabla = h.tabla_horas([*entradas(2, 19, 0), *entradas(5, 10, 10)], BOGOTA)
    mejor = h.elegir(tabla)
    assert mejor is not None
    assert (mejor.hora, tabla.califican) == (5, 1)
    assert [fila.hora for fila in tabla.horas if fila.califica] == [5]


def test_sin_entradas_hay_veinticuatro_horas_vacias_y_se_dice() -> None:
    analisis = h.analizar([], BOGOTA)
    assert len(analisis.tabla.horas) == 24
    assert analisis.tabla.horas[0].tasa_pct is None
    assert (analisis.mejor, analisis.veredicto.codigo) == (None, h.SIN_DATOS)
    assert analisis.veredicto.frase == "Sin datos suficientes: ninguna hora llega a 20 entradas."


@given(st.integers(1, 400), st.floats(0, 1), st.floats(0.05, 0.95))
def test_wilson_y_la_binomial_son_los_de_scipy(n: int, parte: float, equilibrio: float) -> None:
    k = round(n * parte)
    baja, alta = cotas_wilson(k, n)
    prueba = binomtest(k, n, equilibrio, alternative="greater")
    ic = binomtest(k, n).proportion_ci(0.95, "wilson")
    assert (float(baja), float(alta)) == pytest.approx((ic.low, ic.high), abs=1e-9)
    assert float(p_valor(k, n, equilibrio)) == pytest.approx(prueba.pvalue, rel=1e-9, abs=1e-300)


@given(st.integers(1, 60), st.floats(0.3, 0.7), st.integers(1, 24))
def test_los_aciertos_necesarios_son_los_primeros_que_pasan(n: int, equilibrio: float, m: int) -> None:
    alfa = nivel(m)
    pasan = np.flatnonzero(p_valor(np.arange(n + 1), n, equilibrio) <= alfa).tolist()
    necesarios = aciertos_necesarios(n, equilibrio, alfa)
    assert necesarios == (pasan[0] if pasan else None)
    detectable = minima_detectable(n, equilibrio, alfa)
    if necesarios is None:
        assert detectable is None
    else:
        assert detectable is not None
        assert float(p_valor(necesarios, n, detectable)) == pytest.approx(0.8, abs=1e-6)
        assert detectable > equilibrio


def test_el_veredicto_usa_el_nivel_de_las_horas_que_califican() -> None:
    """36 de 50 pasa si es la única hora que califica, y no si hay otras 23 con las que compararla."""
    p = binomtest(36, 50, EQUILIBRIO, alternative="greater").pvalue
    assert nivel(24) < p < nivel(1) == pytest.approx(0.05)
    sola = h.analizar(entradas(8, 36, 14), BOGOTA)
    assert sola.veredicto.codigo == h.SUPERA
    assert sola.veredicto.p_valor == pytest.approx(p)
    entre_muchas = h.analizar([*entradas(8, 36, 14), *(e for i in range(9, 32) for e in entradas(i, 20, 30))], BOGOTA)
    assert entre_muchas.tabla.califican == 24
    assert entre_muchas.veredicto.codigo == h.AZAR
    assert entre_muchas.mejor == sola.mejor


def test_el_equilibrio_de_una_hora_es_el_mayor_de_sus_entradas() -> None:
    mezcladas = [*entradas(8, 36, 13), *entradas(8, 0, 1, equilibrio=0.60), *entradas(8, 0, 0, 1, equilibrio=0.99)]
    analisis = h.analizar(mezcladas, BOGOTA)
    assert analisis.tabla.horas[8].equilibrio_pct == pytest.approx(60.0)
    assert analisis.veredicto.codigo == h.AZAR


def test_el_equilibrio_sale_de_lo_que_cobra_quien_gana() -> None:
    assert h.equilibrio_de(Decimal("10.00"), Decimal("19.50")) == pytest.approx(1 / 1.95)


def test_una_hora_repetida_por_el_cambio_de_hora_es_una_sola() -> None:
    nueva_york = ZoneInfo("America/New_York")
    primera = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 de verano
    dos = [h.Entrada(primera + timedelta(hours=i), G, 0.5) for i in (0, 1)]
    tabla = h.tabla_horas(dos, nueva_york)
    assert [(fila.hora, fila.entradas) for fila in tabla.horas if fila.entradas] == [(1, 2)]
    # Y en primavera las 2 no existen: de la 1 se pasa a las 3.
    salto = [h.Entrada(datetime(2026, 3, 8, 6, 30, tzinfo=UTC) + timedelta(hours=i), G, 0.5) for i in (0, 1)]
    assert [fila.hora for fila in h.tabla_horas(salto, nueva_york).horas if fila.entradas] == [1, 3]


@pytest.mark.parametrize(("zona", "hora"), [("Asia/Kathmandu", 5), ("Australia/Eucla", 8), ("America/Bogota", 19)])
def test_las_zonas_de_cuartos_de_hora_caen_en_su_hora(zona: str, hora: int) -> None:
    una = [h.Entrada(datetime(2026, 3, 1, 0, 14, tzinfo=UTC), G, 0.5)]
    assert [fila.hora for fila in h.tabla_horas(una, ZoneInfo(zona)).horas if fila.entradas] == [hora]
    mapa = h.mapa_semanal(h.cuartos_de(una), ZoneInfo(zona))
    assert {celda.hora for celda in mapa.celdas if celda.entradas} == {hora}


momentos = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@given(
    st.lists(st.tuples(momentos, st.sampled_from(list(Resultado))), max_size=30),
    st.sampled_from(["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_el_mapa_compuesto_de_cuartos_es_el_de_las_entradas(
    sueltas: list[tuple[datetime, Resultado]], nombre: str
) -> None:
    zona = ZoneInfo(nombre)
    todas = [h.Entrada(momento, resultado, 0.5) for momento, resultado in sueltas]
    mapa = h.mapa_semanal(h.cuartos_de(todas), zona)
    esperado: dict[tuple[int, int], list[int]] = {}
    for una in todas:
        local = una.inicio.astimezone(zona)
        cuenta = esperado.setdefault((local.weekday(), local.hour), [0, 0, 0])
        cuenta[list(Resultado).index(una.resultado)] += 1
    for celda in mapa.celdas:
        ganadas, perdidas, nulas = esperado.get((celda.dia, celda.hora), [0, 0, 0])
        assert (celda.aciertos, celda.entradas, celda.nulas) == (ganadas, ganadas + perdidas, nulas)
    tabla = h.tabla_horas(todas, zona)
    for fila in tabla.horas:
        assert fila.entradas == sum(mapa.celda(dia, fila.hora).entradas for dia in range(7))


def test_el_mapa_no_lleva_veredicto() -> None:
    claves = set(h.mapa_semanal(h.cuartos_de(entradas(3, 30, 1)), BOGOTA).como_dict())
    assert claves == {"zona", "entradas", "nulas", "celdas"}


@given(cuentas)
def test_el_json_lleva_numeros_y_ninguna_cifra_en_texto(filas: list[tuple[int, int, int]]) -> None:
    dicho = json.loads(json.dumps(h.analizar(mezcla(filas), BOGOTA, 5).como_dict(), allow_nan=False))
    textos = {"origen", "zona", "veredicto"}
    assert {clave for clave, valor in dicho.items() if isinstance(valor, str)} <= textos
    assert all(not isinstance(valor, str) for fila in dicho["horas"] for valor in fila.values())
    assert [fila["hora"] for fila in dicho["horas"]] == list(range(24))


def test_la_frase_provisional_lo_dice_y_cabe_en_la_pausa() -> None:
    muchas = [*entradas(23, 99_000, 999)]
    veredicto = h.veredicto(h.tabla_horas(muchas, BOGOTA), provisional=True)
    assert veredicto.frase.startswith("Provisional. ")
    assert veredicto.frase.endswith("supera el equilibrio.")
    assert "de 23:00 a 00:00" in veredicto.frase
    assert len(veredicto.frase) <= 200
    assert (veredicto.supera, veredicto.provisional) == (True, True)


@pytest.mark.parametrize("codigo", [h.SUPERA, h.AZAR, h.SIN_DATOS])
def test_cada_codigo_tiene_su_frase(codigo: str) -> None:
    assert h.CONCLUSIONES[codigo] in ("supera el equilibrio", "no se distingue del azar", "sin datos suficientes")


def test_las_cotas_de_matrices_son_las_de_cada_numero() -> None:
    k, n = np.arange(12).reshape(3, 4), np.full((3, 4), 20)
    assert cotas_wilson(k, n)[0].tolist() == [[float(cotas_wilson(int(i), 20)[0]) for i in fila] for fila in k]
