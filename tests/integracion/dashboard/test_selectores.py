"""Las lecturas comunes contra una historia de verdad: cuadran entre sí y con las reglas del bot."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.services import HoraDeEntrada, asentar_ajeno, estado_de, reactivar_bot, terminar_pausa
from dashboard.selectors import balance, bots, estadisticas, operaciones, temporizador
from dashboard.selectors.estadisticas import Pedido
from dashboard.selectors.operaciones import Consulta
from dominio.errores import ErrorUsuario
from dominio.posiciones import Movimiento
from dominio.reloj import RelojManual
from historial.models import Latido, Operacion, PuntoBalance
from historial.selectors import Filtro
from historial.selectors import estadisticas as contar
from tests.integracion.dashboard.fabrica import BOT, REGLA, bot_nuevo, ciclo_de, operar
from tests.integracion.historial.fabrica import cuenta_nueva

pytestmark = pytest.mark.django_db
GANA, PIERDE, EMPATA = "95.30", "-50.00", "0"


def test_la_tarjeta_dice_lo_guardado_y_lo_que_late(reloj: RelojManual, carpeta_datos: Path) -> None:
    ficha = bot_nuevo(reloj, cuenta_nueva())
    operar(reloj, ficha, GANA)
    Latido.objects.create(**ficha.clave, en=reloj.ahora(), datos={"conectado": True, "listo": True, "contrato": None})
    reloj.avanzar(3)
    (una,) = bots.bots(carpeta_datos, reloj.ahora())
    assert (una["bot"], una["ciclo"], una["balance"], una["entorno"]) == (
        BOT, "OPERANDO", Decimal("10095.30"), "simulado",
    )  # fmt: skip
    assert (una["latido"]["vivo"], una["latido"]["edad_s"], una["latido"]["conectado"]) == (True, 3.0, True)
    assert una["freno"]["vigente"] == "ACTIVO"
    assert una["progreso_pct"] == pytest.approx(float((una["balance"] - una["nivel_stop"]) * 100 / (
        una["objetivo"] - una["nivel_stop"])), abs=0.05)  # fmt: skip
    assert bots.equidad([una, una]) == [
        {"entorno": "simulado", "moneda": "USD", "balance": Decimal("10095.30"), "cuentas": 1}
    ]
    (carpeta_datos / f"ALTO.{BOT}").touch()
    assert bots.bot(BOT, carpeta_datos, reloj.ahora())["freno"]["vigente"] == "DETENIDO"


def test_el_temporizador_cuenta_la_pausa_entera(reloj: RelojManual, carpeta_datos: Path) -> None:
    ficha = bot_nuevo(reloj, cuenta_nueva())
    assert temporizador.temporizador(BOT, carpeta_datos, reloj.ahora())["parado"] is False
    operar(reloj, ficha, "-60.00")
    operar(reloj, ficha, "-60.00")
    pausado = reloj.ahora()
    assert ciclo_de(ficha) == "PAUSADO"
    reloj.avanzar(3600)
    dicho = temporizador.temporizador(None, carpeta_datos, reloj.ahora())
    assert (dicho["parado_desde"], dicho["acaba_en"], dicho["falta_s"]) == (
        pausado, pausado + timedelta(hours=24), 23 * 3600,
    )  # fmt: skip
    reloj.avanzar(23 * 3600)
    entra = reloj.ahora() + timedelta(minutes=90)
    terminar_pausa(ficha, reloj.ahora(), HoraDeEntrada(hora=7, entra_en=entra))
    esperando = temporizador.temporizador(BOT, carpeta_datos, reloj.ahora())
    assert (esperando["acaba_en"], esperando["falta_s"], esperando["hora_elegida"]) == (entra, 5400, 7)
    reloj.avanzar(5400)
    reactivar_bot(ficha, reloj.ahora())
    despues = temporizador.temporizador(BOT, carpeta_datos, reloj.ahora())
    assert (despues["parado"], despues["parado_desde"], despues["acaba_en"], despues["falta_s"]) == (
        False, None, None, None,
    )  # fmt: skip


def test_las_estadisticas_son_el_recuento_directo(reloj: RelojManual, carpeta_datos: Path) -> None:
    ficha = bot_nuevo(reloj, cuenta_nueva())
    azar = random.Random(4)
    for _ in range(12):
        operar(reloj, ficha, azar.choice((GANA, "-1.00", EMPATA)), direccion=azar.choice(("CALL", "PUT")))
    dichas = estadisticas.estadisticas(Pedido(bot=BOT), carpeta_datos)
    directas = contar(Filtro(bot=BOT, cuenta=ficha.cuenta))
    for campo in ("ganadas_call", "ganadas_put", "perdidas_call", "perdidas_put", "nulas", "acierto_pct",
                  "acierto_bajo_pct", "acierto_alto_pct", "beneficio_total"):  # fmt: skip
        assert dichas[campo] == getattr(directas, campo), campo
    assert dichas["operaciones"] == 12
    assert dichas["equilibrio_pct"] == pytest.approx(100 * 10 / 19.53, abs=1e-3)
    por_fechas = estadisticas.estadisticas(Pedido(bot=BOT, desde=datetime(2000, 1, 1, tzinfo=UTC)), carpeta_datos)
    assert {c: v for c, v in por_fechas.items() if c != "por_activo"} == {
        c: v for c, v in dichas.items() if c != "por_activo"
    }
    assert estadisticas.winrate(Pedido(bot=BOT, clase="ficticias"), carpeta_datos)["operaciones"] == 0


@pytest.mark.parametrize(
    ("ganadas", "perdidas", "codigo"),
    [(0, 0, "sin_datos"), (10, 10, "no_se_distingue"), (90, 10, "por_encima"), (10, 90, "por_debajo")],
)
def test_la_esperanza_se_dice_en_palabras_y_con_su_codigo(ganadas: int, perdidas: int, codigo: str) -> None:
    from historial.models import AcumuladoTotal
    from historial.selectors import sumar

    fila = AcumuladoTotal(direccion="CALL", ganadas=ganadas, perdidas=perdidas, nulas=0, beneficio=Decimal(0))
    dicha = estadisticas.esperanza(sumar([fila]), 51.28)
    assert dicha["codigo"] == codigo
    assert (dicha["esperado_pct"] is None) == (codigo == "sin_datos")
    assert ("51,3 %" in dicha["frase"]) == (codigo != "sin_datos")


def test_la_fiabilidad_compara_lo_previsto_con_lo_observado(reloj: RelojManual, carpeta_datos: Path) -> None:
    ficha = bot_nuevo(reloj, cuenta_nueva())
    azar = random.Random(8)
    Operacion.objects.bulk_create(
        Operacion(
            bot=BOT, sede="deriv", cuenta=ficha.cuenta, entorno="simulado", tipo_orden="contrato", activo="R_50",
            direccion="CALL", estado="cerrada", monto=1, moneda="USD", beneficio=1, confianza_pct=confianza,
            resultado="ganada" if azar.random() < confianza / 100 else "perdida", numero_contrato=f"x{n}",
            hora_inicio=reloj.ahora() + timedelta(seconds=n), hora_fin=reloj.ahora(),
        )
        for n, confianza in enumerate(azar.choice((45.0, 55.0, 65.0)) for _ in range(600))
    )  # fmt: skip
    dicha = estadisticas.fiabilidad(Pedido(bot=BOT), carpeta_datos)
    assert dicha["n"] == 600 == sum(tramo["n"] for tramo in dicha["tramos"])
    assert [round(tramo["prevista_pct"]) for tramo in dicha["tramos"]] == [45, 55, 65]
    assert all(tramo["cuadra"] for tramo in dicha["tramos"])
    assert dicha["distingue"] is True


def test_la_serie_lleva_stop_y_meta_como_la_regla(reloj: RelojManual, carpeta_datos: Path) -> None:
    ficha = bot_nuevo(reloj, cuenta_nueva())
    niveles = []
    for beneficio in ("60.00", "-40.00", "90.00", "-20.00"):
        operar(reloj, ficha, beneficio)
        estado = estado_de(ficha)
        assert estado is not None
        niveles.append((estado.tanda.nivel_stop(REGLA), estado.tanda.objetivo(REGLA)))
    deposito = Movimiento(
        transaccion="t1", accion="deposit", importe=Decimal(1000), balance_despues=Decimal(11090), hora=reloj.ahora()
    )
    asentar_ajeno(ficha, deposito, reloj.ahora())
    reloj.avanzar(60)
    operar(reloj, ficha, "-70.00")
    operar(reloj, ficha, "-70.00")
    assert ciclo_de(ficha) == "PAUSADO"
    reloj.avanzar(90_000)
    terminar_pausa(ficha, reloj.ahora(), HoraDeEntrada(hora=None, entra_en=reloj.ahora()))
    reactivar_bot(ficha, reloj.ahora())
    operar(reloj, ficha, "10.00")
    dicha = balance.serie(BOT, carpeta_datos)
    sucesos = [punto["suceso"] for punto in dicha["puntos"]]
    assert sucesos == ["tanda", "nada", "nada", "meta", "nada", "ajeno", "nada", "stop", "tanda"]
    vistos = [(p["nivel_stop"], p["objetivo"]) for p in dicha["puntos"]]
    assert vistos[1:5] == [(pytest.approx(float(stop)), pytest.approx(float(meta))) for stop, meta in niveles]
    assert vistos[-1] == (
        pytest.approx(float(dicha["actual"]["nivel_stop"])), pytest.approx(float(dicha["actual"]["objetivo"])),
    )  # fmt: skip
    assert [p["tanda"] for p in dicha["puntos"]] == [1] * 8 + [2]
    assert dicha["puntos"][-1]["balance"] == float(dicha["actual"]["balance"])
    # Pedir solo el final no cambia lo que regía: el pico viene de antes.
    cola = balance.serie(BOT, carpeta_datos, desde=dicha["puntos"][3]["en"])
    assert cola["puntos"] == dicha["puntos"][3:]


@pytest.mark.parametrize("cuantos", [999, 1000, 1001, 5000])
def test_la_serie_nunca_pasa_de_mil_puntos_y_conserva_los_extremos(
    reloj: RelojManual, carpeta_datos: Path, cuantos: int
) -> None:
    ficha = bot_nuevo(reloj, cuenta_nueva())
    inicio = reloj.ahora()
    PuntoBalance.objects.bulk_create(
        PuntoBalance(
            sede="deriv", cuenta=ficha.cuenta, bot=BOT, balance=Decimal(10_000 + n % 7), moneda="USD",
            origen="liquidacion", en=inicio + timedelta(seconds=7 * n, milliseconds=n % 3),
        )
        for n in range(1, cuantos)
    )  # fmt: skip
    dicha = balance.serie(BOT, carpeta_datos, puntos=1000)
    horas = [punto["en"] for punto in dicha["puntos"]]
    assert len(horas) <= 1000
    assert dicha["diezmada"] == (cuantos > 1000)
    assert horas == sorted(set(horas))
    assert horas[-1] == inicio + timedelta(seconds=7 * (cuantos - 1), milliseconds=(cuantos - 1) % 3)
    if not dicha["diezmada"]:
        assert len(horas) == cuantos


def recorrer(**filtros: Any) -> list[dict[str, Any]]:
    """Devuelve todas las páginas seguidas."""
    vistas: list[dict[str, Any]] = []
    cursor = ""
    while True:
        leida = operaciones.pagina(Consulta(cursor=cursor, **filtros))
        vistas += leida["resultados"]
        cursor = leida["siguiente"] or ""
        if not cursor:
            return vistas


@pytest.mark.parametrize("orden", [f"{signo}{campo}" for campo in operaciones.ORDENES for signo in ("", "-")])
def test_las_paginas_dan_cada_operacion_una_vez_y_en_orden(reloj: RelojManual, orden: str) -> None:
    azar, cuenta = random.Random(orden), cuenta_nueva()
    Operacion.objects.bulk_create(
        Operacion(
            bot=BOT, sede="deriv", cuenta=cuenta, entorno="simulado", tipo_orden="contrato", activo="R_50",
            direccion="CALL", estado="cerrada" if n % 5 else "abierta", monto=Decimal(azar.randint(1, 4)) / 10,
            moneda="USD", beneficio=Decimal(azar.randint(-5, 5)) / 100 if n % 5 else None,
            resultado="perdida" if n % 5 else None, hora_fin=reloj.ahora(), numero_contrato=f"{cuenta}-{n}",
            confianza_pct=azar.choice((None, 50.125, 51.3)), hora_inicio=reloj.ahora() + timedelta(seconds=n // 3),
        )
        for n in range(47)
    )  # fmt: skip
    vistas = recorrer(cuenta=cuenta, orden=orden, por_pagina=7)
    campo = orden.removeprefix("-")
    con_valor = Operacion.objects.filter(cuenta=cuenta).exclude(**{f"{campo}__isnull": True})
    assert sorted(fila["id"] for fila in vistas) == sorted(con_valor.values_list("pk", flat=True))
    claves = [(fila[campo], fila["id"]) for fila in vistas]
    assert claves == sorted(claves, reverse=orden.startswith("-"))


@pytest.mark.parametrize("cursor", ["basura", "%%%", "WyJ4IiwgMV0", "WyItaG9yYV9pbmljaW8iLCJheWVyIiwxXQ", "é", "W10"])
def test_un_cursor_que_no_es_nuestro_se_rechaza(cursor: str) -> None:
    with pytest.raises(ErrorUsuario) as fallo:
        operaciones.pagina(Consulta(cursor=cursor))
    assert fallo.value.codigo == "PAN-02"


def test_los_filtros_reparten_las_operaciones(reloj: RelojManual) -> None:
    ficha = bot_nuevo(reloj, cuenta_nueva())
    for beneficio, direccion in ((GANA, "CALL"), (PIERDE, "PUT"), (EMPATA, "CALL")):
        operar(reloj, ficha, beneficio, direccion=direccion)
    todas = recorrer(cuenta=ficha.cuenta)
    for campo, valores in (("resultado", operaciones.RESULTADOS), ("direccion", ("CALL", "PUT"))):
        partes = [recorrer(cuenta=ficha.cuenta, **{campo: valor}) for valor in valores]
        assert sorted(f["id"] for parte in partes for f in parte) == sorted(f["id"] for f in todas), campo
    assert recorrer(cuenta=ficha.cuenta, clase="reales") == todas
    assert recorrer(cuenta=ficha.cuenta, clase="ficticias") == []
    assert recorrer(cuenta=ficha.cuenta, hasta=todas[-1]["hora_inicio"]) == []
    assert operaciones.opciones()["cuentas"] == [ficha.cuenta]
    assert operaciones.una(todas[0]["id"]) == todas[0]


def test_un_bot_que_no_existe_y_uno_que_no_opero_se_distinguen(carpeta_datos: Path, reloj: RelojManual) -> None:
    for nombre, codigo in (("no_existe", "BOT-01"), (BOT, "BOT-03"), (None, "BOT-03")):
        with pytest.raises(ErrorUsuario) as fallo:
            bots.bot(nombre, carpeta_datos, reloj.ahora())
        assert fallo.value.codigo == codigo
    assert bots.sin_operar(carpeta_datos) == [BOT]
