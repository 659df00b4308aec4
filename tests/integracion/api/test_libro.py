"""Cada punto de la API, comparado con el libro de la sede: el bot opera de verdad contra ella, en tiempo virtual."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dominio.dinero import CERO
from simulacion.sedes.deriv.modelos import GANADO, PERDIDO
from tests.fallos.banco import BOT, Banco, en_banco

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
CONTRATOS = 8
API = "/api/v1"


class _Vivido:
    """Lo que la sede dice al acabar."""

    def __init__(self, banco: Banco) -> None:
        self.cuenta = banco.cuenta
        self.contratos = [c for c in banco.compras if c.cerrado]
        self.balance = banco.libro.cuentas[banco.cuenta].balance
        self.inicial = banco.libro.cuentas[banco.cuenta].balance_inicial
        self.movidas = [m for m in banco.libro.movidas if m.cuenta == banco.cuenta]
        self.ahora_s = banco.libro.ahora_s

    def cuantas(self, estado: str, tipo: str = "") -> int:
        return sum(c.estado == estado and tipo in (c.pedido.tipo, "") for c in self.contratos)


@pytest.fixture
def vivido(transactional_db: None, carpeta_datos: Path) -> _Vivido:
    """Opera hasta tener contratos de sobra y para con todo cerrado."""

    async def operar(banco: Banco) -> _Vivido:
        await banco.nacer()
        await banco.hasta(lambda: sum(c.cerrado for c in banco.compras) >= CONTRATOS or banco.ciclo != "OPERANDO", 7200)
        from dominio.freno import Freno

        banco.frenar(Freno.REDUCIENDO)
        assert banco.bot is not None
        await banco.hasta(lambda: banco.bot is not None and not banco.bot.bucle.estado.libro.abiertos, 600)
        assert banco.violaciones() == []
        return _Vivido(banco)

    return en_banco(carpeta_datos, operar, semilla=11)


def pedir(cliente: Client, ruta: str, **parametros: Any) -> Any:
    respuesta = cliente.get(f"{API}/{ruta}", parametros)
    assert respuesta.status_code == 200, respuesta.content
    return respuesta.json()


def todas(cliente: Client, **filtros: Any) -> list[dict[str, Any]]:
    vistas: list[dict[str, Any]] = []
    cursor = ""
    while True:
        pagina = pedir(cliente, "historicos/", por_pagina=3, cursor=cursor, **filtros)
        vistas += pagina["resultados"]
        cursor = pagina["siguiente"] or ""
        if not cursor:
            return vistas


def exacto(numero: float) -> Decimal:
    return Decimal(str(numero))


def test_cada_punto_dice_lo_que_dice_el_libro_de_la_sede(vivido: _Vivido, con_ficha: Callable[..., Client]) -> None:
    cliente = con_ficha("leer")
    assert len(vivido.contratos) >= 2
    beneficio = sum((c.beneficio for c in vivido.contratos), CERO)
    assert vivido.balance - vivido.inicial == beneficio

    winrate = pedir(cliente, "winrate/")
    assert (winrate["bot"], winrate["cuenta"], winrate["entorno"]) == (BOT, vivido.cuenta, "simulado")
    ganadas, perdidas = vivido.cuantas(GANADO), vivido.cuantas(PERDIDO)
    assert (winrate["ganadas"], winrate["perdidas"]) == (ganadas, perdidas)
    assert winrate["acierto_pct"] == pytest.approx(100 * ganadas / (ganadas + perdidas))

    cuentas = pedir(cliente, "estadisticas/", bot=BOT)
    por_lado = {
        "ganadas_call": vivido.cuantas(GANADO, "CALL"),
        "ganadas_put": vivido.cuantas(GANADO, "PUT"),
        "perdidas_call": vivido.cuantas(PERDIDO, "CALL"),
        "perdidas_put": vivido.cuantas(PERDIDO, "PUT"),
    }
    assert {clave: cuentas[clave] for clave in por_lado} == por_lado
    assert exacto(cuentas["beneficio_total"]) == beneficio
    por_activo = Counter(c.pedido.simbolo for c in vivido.contratos)
    assert {fila["activo"]: fila["operaciones"] for fila in cuentas["por_activo"]} == dict(por_activo)
    assert cuentas["fiabilidad"]["n"] == ganadas + perdidas

    (balance,) = pedir(cliente, "balance/")["balances"]
    assert (exacto(balance["balance"]), exacto(balance["comprometido"])) == (vivido.balance, CERO)
    serie = pedir(cliente, "balance/serie/")
    assert [exacto(p["balance"]) for p in serie["puntos"]] == balances_de(vivido)
    assert serie["diezmada"] is False

    (estado,) = pedir(cliente, "estado/")["bots"]
    assert exacto(estado["balance"]) == vivido.balance == exacto(pedir(cliente, f"bots/{BOT}/")["balance"])
    assert estado == {**pedir(cliente, "bots/")["bots"][0], **{c: estado[c] for c in MOVIBLES}}
    assert (estado["ganadas"], estado["perdidas"]) == (ganadas, perdidas)
    assert estado["freno"]["vigente"] == "REDUCIENDO"

    reloj = pedir(cliente, "temporizador/")
    assert reloj["ciclo"] == estado["ciclo"]
    if reloj["parado"]:
        ultimo = max(c.vendido_en or 0 for c in vivido.contratos)
        assert reloj["parado_desde"].startswith(iso(ultimo))
        assert reloj["acaba_en"].startswith(iso(ultimo + 86_400))


MOVIBLES = ("temporizador", "latido", "jefe", "falta_s")


def iso(epoch: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(epoch, UTC).isoformat().removesuffix("+00:00")


def balances_de(vivido: _Vivido) -> list[Decimal]:
    """Devuelve el balance inicial y el de la sede tras cada liquidación: con una abierta a la vez, el asentado."""
    return [vivido.inicial, *(m.balance for m in vivido.movidas if m.accion == "sell")]


def test_los_historicos_y_el_csv_son_los_contratos_de_la_sede(
    vivido: _Vivido, con_ficha: Callable[..., Client]
) -> None:
    cliente = con_ficha("leer")
    filas = todas(cliente)
    assert [fila["numero_contrato"] for fila in filas] == [str(c.id) for c in reversed(vivido.contratos)]
    de_la_sede = {str(c.id): c for c in vivido.contratos}
    for fila in filas:
        contrato = de_la_sede[fila["numero_contrato"]]
        assert (fila["activo"], fila["direccion"], fila["estado"]) == (
            contrato.pedido.simbolo, contrato.pedido.tipo, "cerrada",
        )  # fmt: skip
        assert (exacto(fila["monto"]), exacto(fila["beneficio"])) == (contrato.precio, contrato.beneficio)
        assert contrato.entrada is not None
        assert (fila["precio_entrada"], fila["resultado"]) == (contrato.entrada[1], RESULTADO[contrato.estado])
        assert fila["ficticia"] is False
    assert todas(cliente, clase="ficticias") == []
    for resultado, estado in (("ganada", GANADO), ("perdida", PERDIDO)):
        assert len(todas(cliente, resultado=resultado)) == vivido.cuantas(estado)

    respuesta = cliente.get(f"{API}/historicos/csv/", {"bot": BOT})
    texto = b"".join(respuesta.streaming_content).decode()
    leidas = list(csv.DictReader(io.StringIO(texto)))
    assert [fila["numero_contrato"] for fila in leidas] == [str(c.id) for c in vivido.contratos]
    assert [Decimal(fila["beneficio"]) for fila in leidas] == [c.beneficio for c in vivido.contratos]

    una = vivido.contratos[0]
    fila = next(f for f in filas if f["numero_contrato"] == str(una.id))
    vida = pedir(cliente, f"ordenes/{fila['id_cliente']}/")
    assert [paso["estado"] for paso in vida["estados"]][:3] == ["APROBADA", "ENVIANDO", "ACEPTADA"]
    assert vida["estados"][-1]["estado"] == "EJECUTADA"
    assert [uno["tipo"] for uno in vida["ejecuciones"]] == ["apertura", "cierre"]
    assert [exacto(uno["importe"]) for uno in vida["ejecuciones"]] == [-una.precio, una.cobrado]
    assert vida["operacion"]["numero_contrato"] == str(una.id)


RESULTADO = {GANADO: "ganada", PERDIDO: "perdida"}
