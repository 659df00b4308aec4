"""El libro de Deriv: liquidación exacta, extracto que cuadra y memoria que sobrevive."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dominio.azar import AzarSemilla
from dominio.errores import ErrorUsuario
from dominio.reloj import RelojManual
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.sedes.deriv import MARGEN_RECIENTE, Contrato, LibroDeriv, Pedido, Rechazo, liquidacion, pago_de
from simulacion.sedes.deriv.modelos import Suceso

pytestmark = pytest.mark.rapido
CUENTA = "DOT90000001"


def _libro(
    semilla: int = 1, ruta: Path | None = None, reloj: RelojManual | None = None
) -> tuple[LibroDeriv, RelojManual]:
    reloj = reloj or RelojManual()
    mercado = MercadoSintetico(semilla, 1_767_225_600)
    libro = LibroDeriv(mercado, reloj, AzarSemilla(semilla), ruta=ruta)
    libro.crear_cuenta(CUENTA, token="t")
    return libro, reloj


def _comprar(
    libro: LibroDeriv, tipo: str = "CALL", duracion: int = 5, unidad: str = "t", simbolo: str = "1HZ100V"
) -> Contrato:
    pedido = Pedido(tipo, simbolo, Decimal(10), duracion, unidad)
    return libro.comprar(CUENTA, pedido, libro.cotizar(pedido))


def _contrato(tipo: str = "CALL", duracion: int = 5, unidad: str = "t", inicio: int = 100) -> Contrato:
    pedido = Pedido(tipo, "1HZ100V", Decimal(10), duracion, unidad)
    vence = None if unidad == "t" else inicio + pedido.segundos
    return Contrato(
        id=1,
        cuenta=CUENTA,
        pedido=pedido,
        precio=Decimal(10),
        pago=Decimal("19.53"),
        inicio=inicio,
        transaccion_compra=1,
        vence=vence,
        serie=[],
    )


@pytest.mark.parametrize(
    ("prima", "margen", "pago"), [("10", None, "19.53"), ("1", None, "1.95"), ("34.23", None, "66.86")]
)
def test_el_pago_se_trunca_a_centavos(prima: str, margen: None, pago: str) -> None:
    assert pago_de(Decimal(prima), "CALL") == pago_de(Decimal(prima), "PUT") == Decimal(pago)


def test_el_margen_reciente_paga_menos_y_el_empate_tambien() -> None:
    assert pago_de(Decimal(10), "CALL", MARGEN_RECIENTE) == Decimal("18.82")
    assert pago_de(Decimal(10), "CALLE") < pago_de(Decimal(10), "CALL")


def test_cinco_ticks_liquidan_en_el_sexto() -> None:
    contrato = _contrato()
    pasos = [liquidacion.aplicar_tick(contrato, 100 + n, 10.0 + n) for n in range(7)]
    assert pasos == ["", "entrada", "tick", "tick", "tick", "tick", "liquidable"]
    assert contrato.entrada == (101, 11.0)
    assert contrato.salida == (106, 16.0)


def test_con_tiempo_sale_el_ultimo_tick_hasta_el_vencimiento() -> None:
    contrato = _contrato(duracion=15, unidad="s", inicio=1036)  # como el observado: 036, 038, 051, 050, 052
    for epoch in range(1036, 1054, 2):
        paso = liquidacion.aplicar_tick(contrato, epoch, float(epoch))
        if paso == "liquidable":
            break
    assert contrato.entrada == (1038, 1038.0)
    assert contrato.vence == 1051
    assert contrato.salida == (1050, 1050.0)
    assert epoch == 1052


def test_el_tick_de_la_hora_del_vencimiento_es_el_de_salida() -> None:
    contrato = _contrato(duracion=15, unidad="s")
    pasos = [liquidacion.aplicar_tick(contrato, epoch, float(epoch)) for epoch in range(101, 117)]
    assert pasos[-2:] == ["tick", "liquidable"]
    assert contrato.salida == (115, 115.0)


def test_un_tick_repetido_o_viejo_no_cuenta() -> None:
    contrato = _contrato(duracion=2)
    for epoch in (101, 101, 102, 102, 101):
        assert liquidacion.aplicar_tick(contrato, epoch, 1.0) != "liquidable"
    assert liquidacion.aplicar_tick(contrato, 103, 1.0) == "liquidable"


@pytest.mark.parametrize(
    ("tipo", "salida", "gana"),
    [
        *[("CALL", 2.0, True), ("CALL", 1.0, False), ("CALL", 0.5, False), ("PUT", 0.5, True), ("PUT", 1.0, False)],
        *[("CALLE", 1.0, True), ("PUTE", 1.0, True), ("CALLE", 0.5, False), ("PUTE", 2.0, False), ("PUTE", 0.5, True)],
    ],
)
def test_el_empate_lo_pierden_call_y_put_y_lo_ganan_los_otros(tipo: str, salida: float, gana: bool) -> None:
    assert liquidacion.gana(tipo, 1.0, salida) is gana


@given(
    st.lists(st.tuples(st.sampled_from(["CALL", "PUT", "CALLE", "PUTE"]), st.integers(1, 10)), min_size=1, max_size=8)
)
@settings(max_examples=25, deadline=None)
def test_el_balance_es_la_suma_del_extracto(pedidos: list[tuple[str, int]]) -> None:
    libro, reloj = _libro(3)
    for tipo, ticks in pedidos:
        _comprar(libro, tipo, ticks)
        reloj.avanzar(7.3)
        libro.poner_al_dia()
    reloj.avanzar(30)
    libro.poner_al_dia()
    assert libro.abiertos(CUENTA) == ()
    assert libro.violaciones() == []
    assert libro.delta_balance(CUENTA) == libro.beneficio_propio(CUENTA)
    for contrato in libro.compras():
        assert contrato.entrada is not None
        assert contrato.salida is not None
        assert len(contrato.serie) == contrato.pedido.ticks + 1
        assert contrato.entrada[0] > contrato.inicio


def test_lo_ajeno_se_distingue_de_lo_propio() -> None:
    libro, reloj = _libro()
    _comprar(libro)
    pedido = Pedido("PUT", "1HZ50V", Decimal(3), 5, "t")
    libro.comprar(CUENTA, pedido, libro.cotizar(pedido), propia=False)
    libro.mover(CUENTA, "deposit", Decimal(25))
    reloj.avanzar(20)
    libro.poner_al_dia()
    assert len(libro.compras()) == len(libro.compras(propias=False)) == 1
    assert libro.abiertas_max(CUENTA) == 1
    assert libro.delta_balance(CUENTA) == libro.beneficio_propio(CUENTA) + libro.movimientos_ajenos(CUENTA)
    assert libro.movimientos_ajenos(CUENTA) != 25


def test_el_extracto_va_de_nuevo_a_viejo_y_su_fin_no_entra() -> None:
    libro, reloj = _libro()
    inicio = libro.ahora_s()
    for _ in range(3):
        _comprar(libro)
        reloj.avanzar(10)
        libro.poner_al_dia()
    filas = libro.extracto(CUENTA)
    assert [m.id for m in filas] == sorted((m.id for m in filas), reverse=True)
    assert [m.hora for m in libro.extracto(CUENTA, inicio, inicio + 10)] == [inicio + 6, inicio]
    assert len(libro.extracto(CUENTA, accion="buy")) == 3


def test_reponer_la_demo_y_no_la_real() -> None:
    libro, _ = _libro()
    libro.crear_cuenta("ROT90000001", tipo="real", balance=5)
    libro.mover(CUENTA, "withdrawal", Decimal(-1000))
    movida = libro.reponer_demo(CUENTA)
    assert movida is not None
    assert movida.importe == 1000
    assert libro.reponer_demo(CUENTA) is None
    with pytest.raises(Rechazo):
        libro.reponer_demo("ROT90000001")
    with pytest.raises(Rechazo):
        libro.mover(CUENTA, "withdrawal", Decimal(-99999))


def test_el_libro_sobrevive_y_liquida_lo_que_quedo_abierto(tmp_path: Path) -> None:
    ruta = tmp_path / "sede" / "libro.json"
    libro, reloj = _libro(4, ruta)
    contrato = _comprar(libro)
    reloj.avanzar(2)
    libro.poner_al_dia()
    libro.extras["semilla"] = 4
    libro.guardar()

    otro, _ = _libro(4, ruta, reloj)
    assert otro.extras == {"semilla": 4}
    assert [c.id for c in otro.abiertos(CUENTA)] == [contrato.id]
    assert otro.cuentas[CUENTA].balance == Decimal(9990)
    reloj.avanzar(60)
    sucesos: list[Suceso] = []
    otro.observadores.append(sucesos.append)
    otro.poner_al_dia()
    libro.poner_al_dia()
    assert otro.contratos[contrato.id].estado == libro.contratos[contrato.id].estado
    assert otro.contratos[contrato.id].salida == libro.contratos[contrato.id].salida
    assert sucesos[-1].clase == "venta"
    assert otro.violaciones() == []
    siguiente = _comprar(otro)
    assert siguiente.id > contrato.id


def test_un_libro_ilegible_se_dice(tmp_path: Path) -> None:
    ruta = tmp_path / "libro.json"
    ruta.write_text('{"version": 1')
    with pytest.raises(ErrorUsuario) as fallo:
        _libro(1, ruta)
    assert fallo.value.codigo == "SIM-04"


def test_retener_y_anular() -> None:
    libro, reloj = _libro()
    contrato = _comprar(libro)
    contrato.retener_hasta = libro.ahora_s() + 40
    contrato.anular = "sold"
    reloj.avanzar(39)
    libro.poner_al_dia()
    assert contrato.vencido
    assert not contrato.cerrado
    reloj.avanzar(2)
    libro.poner_al_dia()
    assert (contrato.estado, contrato.beneficio, contrato.vendido_en) == ("sold", 0, contrato.inicio + 40)
