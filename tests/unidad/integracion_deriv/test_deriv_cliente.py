"""El cliente de Deriv contra una sede falsa: conectar, publicar, reconectar y no colgarse nunca."""

import asyncio
from typing import Any

import pytest

from dominio.errores import ErrorConfiguracion, ErrorDetener, ErrorReintentable, ErrorRetroceder, ErrorTimonel
from dominio.eventos import BalanceSede, ConexionLista, ConexionPerdida, DatosRancios, MovimientoCuenta
from dominio.instrumentos import Entorno
from dominio.velas import Tick
from integracion_deriv import peticiones
from integracion_deriv.cliente import ClienteDeriv
from tests.unidad.integracion_deriv.sede_falsa import REAL, SedeFalsa, cliente_de, con_sede, de

pytestmark = pytest.mark.rapido


@pytest.mark.parametrize("dialecto", ["nueva", "v3"])
def test_conecta_suscribe_y_publica(dialecto: str) -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        await cliente.suscribir_ticks(("R_50",))
        assert cliente.lista
        assert de(eventos, ConexionLista)[0].reconexion is False
        assert de(eventos, BalanceSede)[0].saldo.balance == 1000
        assert de(eventos, Tick)[0].precio == 92.1
        assert len(sede.llamadas("authorize")) == (dialecto == "v3")

    con_sede(guion, dialecto=dialecto)


def test_descarta_ticks_repetidos_atrasados_y_del_futuro() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        await cliente.suscribir_ticks(("R_50",))
        base = 1_767_225_600
        tramas = [sede.tick("R_50", base + n) for n in (2, 2, 1, 4, 9_999, 6)]
        await sede.difundir(*tramas, sede.tick("R_10", base + 8))
        await asyncio.sleep(0.1)
        horas = [tick.epoch_ms // 1000 - base for tick in de(eventos, Tick)]
        assert horas == [0, 2, 4, 6]

    con_sede(guion)


def test_lo_ilegible_y_lo_raro_no_tira_la_conexion() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        await cliente.suscribir_ticks(("R_50",))
        raro = sede.tick("R_50", 1_767_225_602, precio="92.3")
        raro["tick"].update(ask=None, nuevo={"a": [1]})
        await sede.difundir("{no es json", b"\x00\x01", "[1,2]", '"hola"', '{"msg_type":"cosa"}', raro)
        await asyncio.sleep(0.1)
        assert cliente.lista
        assert de(eventos, Tick)[-1].precio == 92.3
        assert not de(eventos, ConexionPerdida)

    con_sede(guion)


def test_un_movimiento_repetido_se_publica_una_vez() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        fila = {
            "action": "buy",
            "amount": 10,
            "balance": "990.00",
            "transaction_id": 9,
            "transaction_time": 1_767_225_601,
        }
        mensaje = {"msg_type": "transaction", "req_id": 2, "transaction": {**fila, "contract_id": 77}}
        await sede.difundir(mensaje, mensaje)
        await asyncio.sleep(0.1)
        assert [str(evento.movimiento.importe) for evento in de(eventos, MovimientoCuenta)] == ["-10"]
        assert cliente.contexto_de_envio()["ultima_transaccion"] == 9
        assert cliente.contexto_de_envio()["balance"] == "990.00"

    con_sede(guion)


def test_reconecta_con_otra_direccion_y_resuscribe() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        await cliente.suscribir_ticks(("R_50",))
        await sede.sockets[-1].close(code=1012)
        await asyncio.sleep(0.2)
        assert not cliente.lista
        with pytest.raises(ErrorReintentable):
            await cliente.pedir(peticiones.balance())
        await asyncio.sleep(3)
        assert cliente.lista
        assert sede.otp == 2
        assert len(sede.llamadas("ticks")) == 2
        assert [evento.reconexion for evento in de(eventos, ConexionLista)] == [False, True]
        assert len(de(eventos, ConexionPerdida)) == 1

    con_sede(guion)


def test_los_intentos_se_espacian_mientras_la_sede_no_vuelve() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        sede.estado_otp = 503
        await sede.sockets[-1].close()
        await asyncio.sleep(120)
        assert 5 <= sede.otp - 1 <= 10
        sede.estado_otp = 200
        await asyncio.sleep(35)
        assert cliente.lista

    con_sede(guion)


def test_lo_pendiente_falla_cuando_la_conexion_cae() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        sede.contesta["portfolio"] = lambda m: "corte"
        antes = asyncio.get_running_loop().time()
        with pytest.raises(ErrorReintentable) as aviso:
            await cliente.pedir(peticiones.cartera())
        assert aviso.value.codigo == "DER-203"
        assert asyncio.get_running_loop().time() - antes < 1

    con_sede(guion)


def test_una_lectura_sin_respuesta_vence() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        sede.contesta["portfolio"] = lambda m: None
        with pytest.raises(ErrorReintentable) as aviso:
            await cliente.pedir(peticiones.cartera())
        assert aviso.value.codigo == "DER-202"
        assert cliente.lista

    con_sede(guion)


def test_el_limite_de_ritmo_espacia_las_lecturas() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        sede.contesta["balance"] = lambda m: {"error": {"code": "RateLimit", "message": "x"}}
        esperas = []
        for _ in range(3):
            with pytest.raises(ErrorRetroceder) as aviso:
                await cliente.pedir(peticiones.balance())
            esperas.append(aviso.value.esperar_s)
        assert esperas == [2.5, 5.0, 7.5]
        assert asyncio.get_running_loop().time() >= 7.5

    con_sede(guion)


def test_una_conexion_medio_abierta_se_descubre_por_el_latido() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        sede.muda = True
        await asyncio.sleep(36)
        assert de(eventos, ConexionPerdida)[0].motivo == "sin respuesta al latido"
        sede.muda = False
        await asyncio.sleep(40)
        assert cliente.lista

    con_sede(guion)


def test_ticks_rancios_avisan_y_si_son_todos_renuevan_la_conexion() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        await cliente.suscribir_ticks(("R_50",))
        await asyncio.sleep(12)
        assert de(eventos, DatosRancios)[0].simbolo == "R_50"
        assert len(sede.sockets) == 2

    con_sede(guion)


def test_un_mercado_cerrado_no_es_un_canal_rancio() -> None:
    def cerrar(sede: SedeFalsa) -> None:
        sede.contesta["active_symbols"] = lambda m: {"active_symbols": []}

    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        await cliente.suscribir_ticks(("R_50",))
        await asyncio.sleep(60)
        assert not de(eventos, DatosRancios)
        assert len(sede.sockets) == 1
        assert len(sede.llamadas("active_symbols")) < 10

    con_sede(guion, cerrar)


@pytest.mark.parametrize(
    ("cambios", "valores", "clase", "codigo"),
    [
        ({"estado_cuentas": 401}, {}, ErrorDetener, "DER-102"),
        ({"estado_cuentas": 403}, {}, ErrorDetener, "DER-103"),
        ({"cuentas": [REAL]}, {}, ErrorDetener, "DER-104"),
        ({"cuentas": [REAL]}, {"permitir_real": True}, ErrorDetener, "DER-104"),
        ({"cuentas": [REAL]}, {"entorno": Entorno.REAL}, ErrorDetener, "DER-104"),
        ({}, {"cuenta": "DOT99"}, ErrorDetener, "DER-105"),
        ({"final": "/ws/real"}, {}, ErrorDetener, "DER-110"),
        ({"estado_cuentas": 429}, {}, ErrorRetroceder, "DER-204"),
        ({"estado_otp": 500}, {}, ErrorReintentable, "DER-208"),
    ],
)
def test_no_entra_y_dice_por_que(cambios: dict[str, Any], valores: dict[str, Any], clase: type, codigo: str) -> None:
    def preparar(sede: SedeFalsa) -> None:
        for nombre, valor in cambios.items():
            setattr(sede, nombre, valor)

    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        with pytest.raises(clase) as aviso:
            await cliente.conectar()
        assert aviso.value.codigo == codigo
        assert aviso.value.mensaje
        assert not sede.sockets

    con_sede(guion, preparar, conectar=False, **valores)


def test_v3_rechaza_una_cuenta_real() -> None:
    def preparar(sede: SedeFalsa) -> None:
        sede.contesta["authorize"] = lambda m: {"authorize": {"loginid": "CR1", "is_virtual": 0}}

    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        with pytest.raises(ErrorDetener) as aviso:
            await cliente.conectar()
        assert aviso.value.codigo == "DER-104"
        assert not sede.llamadas("transaction")

    con_sede(guion, preparar, conectar=False, dialecto="v3")


def test_sin_red_lo_dice_o_insiste() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        caido = cliente_de("http://127.0.0.1:9", eventos)
        with pytest.raises(ErrorReintentable) as aviso:
            await caido.conectar()
        assert aviso.value.codigo == "DER-201"
        sede.estado_otp = 503
        espera = asyncio.create_task(cliente.conectar(insistir=True))
        await asyncio.sleep(10)
        assert not espera.done()
        sede.estado_otp = 200
        await espera
        assert cliente.lista

    con_sede(guion, conectar=False)


def test_la_clave_revocada_para_el_cliente_para_siempre() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        sede.estado_otp = 401
        await sede.sockets[-1].close()
        with pytest.raises(ErrorDetener) as aviso:
            await asyncio.wait_for(cliente.terminado(), 60)
        assert aviso.value.codigo == "DER-102"
        assert isinstance(eventos[-1], ConexionPerdida)
        intentos = sede.otp
        with pytest.raises(ErrorDetener):
            await cliente.pedir(peticiones.balance())
        await asyncio.sleep(100)
        assert sede.otp == intentos

    con_sede(guion)


def test_sin_clave_no_se_intenta() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        mudo = cliente_de("http://127.0.0.1:9", eventos)
        mudo.config = mudo.config.model_copy(update={"app_id": ""})
        with pytest.raises(ErrorConfiguracion) as aviso:
            await mudo.conectar()
        assert aviso.value.codigo == "DER-111"

    con_sede(guion, conectar=False)


def test_las_ordenes_no_pasan_por_la_via_de_lectura() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        with pytest.raises(ValueError):
            await cliente.pedir({"buy": "x", "price": 1})
        assert not sede.llamadas("buy")

    con_sede(guion)


def test_la_clave_no_se_ve_en_ningun_error_ni_repr() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        assert "clave-de-mentira" not in repr(cliente.config) + str(cliente.config)
        sede.estado_otp = 418
        with pytest.raises(ErrorTimonel) as aviso:
            await cliente.conectar()
        assert "clave-de-mentira" not in repr(aviso.value.como_dict())

    con_sede(guion, conectar=False)


def test_un_precio_imposible_no_pasa_salvo_que_se_repita() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        await cliente.suscribir_ticks(("R_50",))
        cruzado = sede.tick("R_50", 1_767_225_604)
        cruzado["tick"].update(bid=93.0, ask=92.0)
        precios = (0, -92.1, 921.0, 92.2, 9.2, 9.3, 9.4)
        raros = [sede.tick("R_50", 1_767_225_606 + 2 * n, precio) for n, precio in enumerate(precios)]
        for raro in raros:
            raro["tick"].update(bid=None, ask=None)
        await sede.difundir(cruzado, *raros)
        await asyncio.sleep(0.1)
        assert [tick.precio for tick in de(eventos, Tick)] == [92.1, 92.2, 9.4]

    con_sede(guion)


def test_una_suscripcion_que_falla_se_repite_sola() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        buena = sede.contesta["ticks"]
        sede.contesta["ticks"] = lambda m: {"error": {"code": "MarketIsClosed"}}
        with pytest.raises(ErrorTimonel):
            await cliente.suscribir_ticks(("R_50",))
        sede.contesta["ticks"] = buena
        sede.contesta["active_symbols"] = lambda m: {"active_symbols": []}  # cerrado: nadie renueva la conexión
        await asyncio.sleep(40)
        assert de(eventos, Tick)

    con_sede(guion)


def test_estar_ya_suscrito_es_estar_suscrito() -> None:
    def preparar(sede: SedeFalsa) -> None:
        sede.contesta["transaction"] = lambda m: {"error": {"code": "AlreadySubscribed"}}

    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        assert cliente.lista

    con_sede(guion, preparar)


def test_un_limite_de_ritmo_al_entrar_no_tira_la_conexion() -> None:
    def preparar(sede: SedeFalsa) -> None:
        veces: list[int] = []

        def contestar(mensaje: dict[str, Any]) -> dict[str, Any]:
            veces.append(1)
            return {"error": {"code": "RateLimit"}} if len(veces) == 1 else {}

        sede.contesta["transaction"] = contestar

    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        assert len(sede.sockets) == 1
        assert len(sede.llamadas("transaction")) == 2

    con_sede(guion, preparar)


@pytest.mark.parametrize("codigo", ["AuthorizationRequired", "InvalidToken"])
def test_perder_la_autorizacion_abre_otra_conexion(codigo: str) -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        sede.contesta["portfolio"] = lambda m: {"error": {"code": codigo}}
        with pytest.raises(ErrorTimonel):
            await cliente.pedir(peticiones.cartera())
        await asyncio.sleep(3)
        assert len(sede.sockets) == 2
        assert cliente.lista

    con_sede(guion)


def test_al_cerrar_no_queda_ninguna_tarea_y_quien_escucha_no_rompe_nada() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        def romper(_evento: Any) -> None:
            raise ZeroDivisionError

        otro = cliente_de(cliente.config.url_rest, [])
        otro.recepcion._publicar = romper
        await otro.conectar()
        assert otro.lista
        await otro.cerrar()
        await otro.cerrar()
        await cliente.cerrar()
        await asyncio.sleep(0.1)
        nombres = {tarea.get_name() for tarea in asyncio.all_tasks()}
        assert not [nombre for nombre in nombres if nombre.startswith("deriv")]
        with pytest.raises(ErrorReintentable):
            await cliente.pedir(peticiones.balance())

    con_sede(guion)
