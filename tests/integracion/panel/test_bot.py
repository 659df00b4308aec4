"""La página de un bot: las tarjetas de la especificación, con nombre y valor, y los datos de sus gráficos."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from core.models import Pausa
from dominio.errores import ErrorPermanente
from historial.models import Operacion
from tests.integracion.panel import sembrado
from tests.integracion.panel.lectura_html import encabezados, grupos
from tests.integracion.panel.sembrado import AHORA, BOT

URL = f"/bots/{BOT}/"
Como = Callable[[str], Client]


@pytest.fixture
def operando(db: None) -> Decimal:
    balance = sembrado.operar(40)
    sembrado.velas(120)
    sembrado.guardar_estado(balance)
    sembrado.latir()
    return balance


def _texto(respuesta: Any) -> str:
    assert respuesta.status_code == 200
    return str(respuesta.content.decode())


def _cuantas(resultado: str, direccion: str) -> str:
    return str(Operacion.objects.filter(resultado=resultado, direccion=direccion).count())


def test_las_tarjetas_dicen_lo_que_hay_en_el_libro(operando: Decimal, como: Como) -> None:
    tarjetas = grupos(_texto(como("leer").get(URL)))
    for nombre, resultado, direccion in (
        ("Ganadas CALL", "ganada", "CALL"),
        ("Ganadas PUT", "ganada", "PUT"),
        ("Perdidas CALL", "perdida", "CALL"),
        ("Perdidas PUT", "perdida", "PUT"),
    ):
        assert tarjetas[nombre].split()[-1] == _cuantas(resultado, direccion), nombre
    ganadas = Operacion.objects.filter(resultado="ganada").count()
    assert f"{ganadas} / {40 - ganadas}" in tarjetas["WON / LOSS"]
    assert f"{100 * ganadas / 40:.1f}".replace(".", ",") in tarjetas["Winrate total"]
    assert f"{operando:,.2f}".translate(str.maketrans(",.", ".,")) in tarjetas["Balance actual"]
    assert "OPERANDO" in tarjetas["Estado del bot"]
    assert "no está en pausa" in tarjetas["Tiempo detenido"]
    assert "—" in tarjetas["Fin de la espera"]


def test_en_pausa_dice_cuanto_hace_cuando_acaba_y_la_mejor_hora(db: None, como: Como) -> None:
    sembrado.operar(6)
    pausa = sembrado.pausar(5)
    sembrado.fingir(pausa.pausado_en, 5, 25)
    tarjetas = grupos(_texto(como("leer").get(URL)))
    assert "PAUSADO" in tarjetas["Estado del bot"]
    assert "5 h 00 min" in tarjetas["Tiempo detenido"].replace("\u00a0", " ")
    assert "19:00:00" in tarjetas["Fin de la espera"]  # faltan 24 − 5 horas
    assert "125" in tarjetas["Resultados del testing"]
    assert "provisional" in tarjetas["Mejor horario"]
    assert ":00–" in tarjetas["Mejor horario"]
    assert "PAUSADO" in tarjetas["Estado del bot"]


def test_la_esperanza_va_en_palabras_con_su_advertencia(operando: Decimal, como: Como) -> None:
    dicho = grupos(_texto(como("leer").get(URL)))["Qué se espera"]
    assert "Acierto calibrado 49,9 %" in dicho.replace("\u00a0", " ")
    assert "para no perder hace falta 51,3 %" in dicho.replace("\u00a0", " ")
    assert "\u2212" in dicho and "ninguna señal tiene ventaja demostrada" in dicho


def test_ganada_y_perdida_se_leen_sin_color(operando: Decimal, como: Como) -> None:
    html = _texto(como("leer").get(URL))
    assert "GANADA" in html and "PERDIDA" in html
    assert "SIMULADO" in html and "entorno-simulado" in html


def test_los_encabezados_no_saltan_niveles(operando: Decimal, como: Como) -> None:
    niveles = encabezados(_texto(como("leer").get(URL)))
    assert niveles.count(1) == 1
    assert all(despues - antes <= 1 for antes, despues in pairwise(niveles))


def test_el_trozo_trae_las_tres_zonas_y_nada_mas(operando: Decimal, como: Como) -> None:
    html = _texto(como("leer").get(URL, {"trozo": "1"}))
    assert "<html" not in html
    assert 'id="bot-lado" hx-swap-oob' in html and 'id="bot-abajo" hx-swap-oob' in html
    assert "WON / LOSS" in html


def test_el_contrato_abierto_dice_como_va_y_hasta_cuando(operando: Decimal, como: Como) -> None:
    dicho = grupos(_texto(como("leer").get(URL)))["Contrato abierto"]
    assert "CALL" in dicho and "Va ganando" in dicho and "00:04" in dicho


def test_quien_solo_lee_no_ve_botones_que_no_puede_usar(operando: Decimal, como: Como) -> None:
    assert "dialogo-parar" not in _texto(como("leer").get(URL))
    assert "dialogo-parar-bot" in _texto(como("operar").get(URL))


def test_un_bot_que_no_existe_es_un_404_y_uno_sin_operar_su_vacio(db: None, como: Como) -> None:
    cliente = como("leer")
    assert cliente.get("/bots/nadie/").status_code == 404
    assert "todavía no ha operado" in _texto(cliente.get(URL))


def test_el_grafico_del_precio_trae_velas_y_operaciones(operando: Decimal, como: Como) -> None:
    datos = como("leer").get(f"{URL}precio/").json()
    assert datos["activo"] == "R_100" and len(datos["velas"]) == 120
    assert datos["velas"] == sorted(datos["velas"])
    assert len(datos["operaciones"]) == 40
    assert {una["resultado"] for una in datos["operaciones"]} == {"ganada", "perdida"}


def test_la_curva_acaba_en_el_balance_y_en_los_niveles_del_bot(operando: Decimal, como: Como) -> None:
    cliente = como("leer")
    datos = cliente.get(f"{URL}balance/").json()
    assert datos["balance"][-1] == float(operando)
    assert len(datos["en"]) == len(datos["balance"]) == len(datos["stop"]) == len(datos["meta"]) == 41
    assert datos["en"] == sorted(datos["en"])
    assert datos["moneda"] == "USD"


def test_la_curva_empieza_otra_tanda_donde_acabo_la_pausa(db: None, como: Como) -> None:
    balance = sembrado.operar(10)
    sembrado.guardar_estado(balance)
    corte = AHORA - timedelta(minutes=5, seconds=30)
    Pausa.objects.create(
        **sembrado.DE_QUIEN, tanda=1, motivo="", pausado_en=corte, reanuda_en=corte, reactivado_en=corte
    )
    datos = como("leer").get(f"/bots/{BOT}/balance/").json()
    primero = next(i for i, en in enumerate(datos["en"]) if en >= corte.timestamp())
    previo = datos["balance"][primero - 1]
    assert datos["stop"][primero] == pytest.approx(max(previo, datos["balance"][primero]) * 0.99)


def test_las_consultas_no_crecen_con_el_historial(
    operando: Decimal, como: Como, django_assert_max_num_queries: Any
) -> None:
    cliente = como("leer")
    with django_assert_max_num_queries(34):
        cliente.get(URL)
    with django_assert_max_num_queries(30):
        cliente.get(URL, {"trozo": "1"})
    with django_assert_max_num_queries(10):
        cliente.get(f"{URL}precio/")


def test_solo_se_listan_los_activos_con_senal(operando: Decimal, como: Como) -> None:
    html = _texto(como("leer").get(URL))
    assert "1HZ50V" in html and "Otro activo, sin señal ahora." in html


def test_lo_que_no_se_puede_leer_se_explica_con_su_codigo(
    operando: Decimal, como: Como, monkeypatch: pytest.MonkeyPatch
) -> None:
    def romper(*_: Any) -> None:
        raise ErrorPermanente("COR-01", "El estado guardado no se entiende.", "Restaure la copia de seguridad.")

    monkeypatch.setattr("dashboard.pagina.bot.lecturas.pagina", romper)
    respuesta = como("leer").get(URL)
    html = respuesta.content.decode()
    assert respuesta.status_code == 503
    assert "COR-01" in html and "Restaure la copia" in html and 'role="alert"' in html


def test_cada_bot_tiene_su_entorno_en_la_banda(operando: Decimal, como: Como) -> None:
    sembrado.operar(1, entorno="demo", contrato="demo")
    html = _texto(como("leer").get(URL))
    assert 'class="banda entorno-demo"' in html and 'class="banda entorno-simulado"' not in html
