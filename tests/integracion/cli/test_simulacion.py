"""``simulacion horarios``, ``simulacion rellenar`` y ``simular horarios`` por la consola."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.models import Pausa
from historial.ejecutores import EnLinea
from historial.models import Operacion, Orden
from tests.integracion.cli.conftest import Consola, SedeEnHilo, exigir_error

PAUSADO = datetime(2026, 3, 1, 12, tzinfo=UTC)  # las 7 en Bogotá


def guardar_pausa(ganadas: int, perdidas: int) -> None:
    Pausa.objects.create(
        bot="deriv_dinamico",
        sede="deriv",
        cuenta="DOT90000001",
        tanda=1,
        pausado_en=PAUSADO,
        motivo="stop",
        reanuda_en=PAUSADO + timedelta(hours=24),
    )
    Operacion.objects.bulk_create(
        Operacion(
            bot="deriv_dinamico",
            sede="deriv",
            cuenta="DOT90000001",
            entorno="simulado",
            ficticia=True,
            origen="pausa",
            activo="R_50",
            direccion="CALL",
            tipo_orden="contrato",
            estado="cerrada",
            resultado="ganada" if i < ganadas else "perdida",
            monto=Decimal("10.00"),
            pago=Decimal("19.50"),
            beneficio=Decimal("9.50") if i < ganadas else Decimal("-10.00"),
            moneda="USD",
            numero_contrato=f"F-{i}",
            hora_inicio=PAUSADO + timedelta(seconds=i),
            hora_fin=PAUSADO + timedelta(seconds=i + 10),
        )
        for i in range(ganadas + perdidas)
    )


@pytest.mark.rapido
@pytest.mark.parametrize(
    ("args", "codigo", "pista"),
    [
        (["simulacion", "horario"], "USO-02", "horarios"),
        (["simulacion", "horarios", "--todo", "--relleno"], "USO-06", "no van juntas"),
        (["simulacion", "horarios", "--semanas"], "USO-01", "--semana"),
        (["simulacion", "rellenar"], "USO-03", "BOT"),
        (["simulacion", "rellenar", "x", "--dias", "0"], "USO-05", "pequeño"),
        (["simulacion", "rellenar", "x", "--dias", "muchos"], "USO-05", "número"),
        (["simular", "horarios", "--dias", "0"], "USO-05", "pequeño"),
        (["simular", "horarios", "--muestras", "19"], "USO-05", "pequeño"),
        (["simular", "horarios", "--pago", "nada"], "USO-05", "número"),
        (["simular", "horarios", "--pago", "nan"], "USO-05", "--pago"),
        (["simular", "horarios", "--dias", "1.5"], "USO-05", "entero"),
    ],
)
def test_lo_mal_pedido_sale_con_dos_y_una_pista(consola: Consola, args: list[str], codigo: str, pista: str) -> None:
    dicho = consola(*args)
    exigir_error(dicho, codigo, 2)
    assert pista in dicho.errores


@pytest.mark.django_db
@pytest.mark.parametrize("orden", ["horarios", "rellenar"])
def test_un_bot_que_no_existe_se_dice(consola: Consola, orden: str) -> None:
    dicho = consola("simulacion", orden, "deriv_dinamco")
    exigir_error(dicho, "BOT-01", 2)
    assert "deriv_dinamico" in dicho.errores


@pytest.mark.django_db
def test_rellenar_sin_credenciales_no_es_una_traza(consola: Consola) -> None:
    dicho = consola("simulacion", "rellenar", "deriv_dinamico", "--json")
    exigir_error(dicho, dicho.codigo, 2)
    assert dicho.codigo.startswith("DER-1")


@pytest.mark.django_db
def test_sin_entradas_se_dice_como_no_esperar(consola: Consola) -> None:
    assert consola("simulacion", "horarios", "--json").json == {"bots": []}
    dicho = consola("simulacion", "horarios", "deriv_dinamico")
    assert dicho.salida == 0
    assert "rellenar" in dicho.texto


@pytest.mark.django_db
def test_la_ultima_pausa_con_su_hora_y_su_veredicto(consola: Consola) -> None:
    guardar_pausa(40, 10)
    visto = consola("simulacion", "horarios", "--json", "--semana").json["bots"][0]
    assert (visto["bot"], visto["origen"], visto["simulado"], visto["zona"]) == (
        "deriv_dinamico",
        "pausa",
        True,
        "America/Bogota",
    )
    assert visto["mejor"]["hora"] == 7
    assert visto["mejor"]["tasa_pct"] == pytest.approx(80.0)
    assert visto["veredicto"]["codigo"] == "supera_el_equilibrio"
    assert visto["veredicto"]["provisional"] is False
    assert (visto["pausado_en"], visto["reanuda_en"]) == ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z")
    assert len(visto["horas"]) == 24
    assert len(visto["semana"]["celdas"]) == 168
    dicho = consola("simulacion", "horarios", "deriv_dinamico", "--semana")
    assert dicho.salida == 0
    seguido = " ".join(dicho.texto.split())  # por dónde se parte una frase depende del ancho del terminal
    for texto in ("[SIMULADO]", "ficticias", "80,0 %", "supera el equilibrio", "51,3 %", "no lleva veredicto"):
        assert texto in seguido
    assert consola("simulacion", "horarios", "--todo", "--json").json["bots"][0]["entradas"] == 50


@pytest.mark.django_db(transaction=True)
def test_rellenar_da_la_tabla_sin_comprar_nada(
    consola: Consola, sede: SedeEnHilo, escribir_bot: Any, monkeypatch: pytest.MonkeyPatch, carpeta_datos: Path
) -> None:
    if connection.vendor == "sqlite":  # la base en memoria es de este hilo: se escribe en él
        monkeypatch.setattr("historial.ejecutores.HiloEscritor", EnLinea)
    escribir_bot("mio", entorno="demo")
    hecho = consola("simulacion", "rellenar", "mio", "--dias", "0.02", "--json").json
    assert (hecho["origen"], hecho["bot"], hecho["cuenta"]) == ("historia", "mio", "DOT90000001")
    assert hecho["relleno"]["entradas_nuevas"] == hecho["entradas"] > 20
    assert {(fila.ficticia, fila.origen) for fila in Operacion.objects.all()} == {(True, "historia")}
    assert not Orden.objects.exists()
    assert sede.libro.contratos == {}
    leido = consola("simulacion", "horarios", "mio", "--relleno", "--json").json["bots"][0]
    assert leido == {clave: valor for clave, valor in hecho.items() if clave != "relleno"}
    assert "HISTORIA" in consola("simulacion", "horarios", "mio", "--relleno").texto
    assert consola("simulacion", "horarios", "mio", "--json").json == {"bots": []}


@pytest.mark.rapido
def test_simular_horarios_mide_la_regla(consola: Consola) -> None:
    dicho = consola("simular", "horarios", "--dias", "5000", "--muestras", "750", "--json")
    assert dicho.salida == 0
    assert dicho.json["falsos_positivos_pct"] <= 5
    assert dicho.json["deteccion_pct"] >= 95
    assert dicho.json["violaciones"] == []
    texto = consola("simular", "horarios", "--dias", "1000").texto
    assert "4,14 %" in texto
    assert "97,09 %" in texto


@pytest.mark.rapido
def test_simular_horarios_sale_con_uno_si_no_cuadra(consola: Consola, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulacion.verificacion_horarios.nivel", lambda _horas: 0.05)
    dicho = consola("simular", "horarios", "--dias", "1000", "--json")
    assert dicho.salida == 1
    assert dicho.json["violaciones"]
