"""El bucle ante lo que llega a destiempo: avisos durante una pasada, órdenes de parar al cotizar, base caída."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bots.deriv import bucle as modulo
from bots.deriv.bucle import Ajustes, BucleDeriv
from core import estado_bot
from dominio.errores import ErrorDetener
from dominio.eventos import ConexionLista, PosicionCerrada
from dominio.freno import Freno
from dominio.posiciones import Liquidacion, Resultado
from simulacion.bucles import RelojDeBucle, correr
from trading.reconciliador import InformeReconciliacion

pytestmark = pytest.mark.rapido
AHORA = datetime(2026, 1, 1, tzinfo=UTC)
COMPLETO = InformeReconciliacion(completo=True)


class ContableDeGuion:
    def __init__(self):
        self.estado, _ = estado_bot.activar(Decimal(1000), AHORA)
        self.pide_pasada = False
        self.asentadas = []

    def pendientes(self):
        return frozenset()

    async def ponerse_al_dia(self, liquidaciones=()):
        self.asentadas += [liquidacion.referencia for liquidacion in liquidaciones]

    async def liquidar(self, liquidacion):
        self.asentadas.append(liquidacion.referencia)

    async def clasificar(self, vistas):
        return None

    async def cuadrar(self):
        return True


class ReconciliadorDeGuion:
    def __init__(self):
        self.pasadas = []
        self.durante = lambda: None
        self.informe = COMPLETO

    async def pasada(self, *, arranque, vigilar):
        self.pasadas.append(vigilar)
        self.durante()
        await asyncio.sleep(0)
        return self.informe


class ArriendoDeGuion:
    ficha = 1

    def __init__(self):
        self.renovaciones = 0
        self.fallan = 0

    async def renovar(self):
        self.renovaciones += 1
        return self.renovaciones > self.fallan

    async def retomar(self):
        raise RuntimeError("la base no contesta")

    async def soltar(self):
        raise RuntimeError("la base no contesta")


class HoraSiempreBuena:
    async def vigilar(self):
        return None

    async def cumplida(self, momento):
        return None

    def impide_entrar(self):
        return None


class DecisorDeGuion:
    def __init__(self, al_proponer=lambda: None):
        self.al_proponer = al_proponer
        self.gastadas = []

    async def proponer(self, estado):
        self.al_proponer()
        return type("Intencion", (), {"clave_senal": "s1"})()

    def gastar(self, clave):
        self.gastadas.append(clave)


class SinFicticias:
    pendientes = False

    def procesar_tick(self, tick):
        pass

    def perder_de_vista(self, hora):
        pass


class PasarelaQueApunta:
    def __init__(self):
        self.enviadas = 0

    async def freno_vigente(self):
        return Freno.ACTIVO

    async def enviar(self, intencion):
        self.enviadas += 1
        raise AssertionError("no debía enviar")


def _bucle(**cambios):
    piezas = {
        "ajustes": Ajustes(activos=("R_50",)),
        "contable": ContableDeGuion(),
        "decisor": DecisorDeGuion(),
        "pasarela": PasarelaQueApunta(),
        "reconciliador": ReconciliadorDeGuion(),
        "arriendo": ArriendoDeGuion(),
        "ejecutor": None,
        "reloj": RelojDeBucle(asyncio.get_running_loop()),
        "hora": HoraSiempreBuena(),
        "elector": None,
        "ficticias": SinFicticias(),
        "latidos": None,
        "vigilar": lambda _referencia: None,
    }
    return BucleDeriv(**piezas | cambios)


def test_un_fallo_de_la_base_al_recuperar_el_mando_no_deja_de_renovarlo():
    """Si muriera la tarea que renueva, el bot seguiría vivo sin poder enviar nada, y nadie lo sabría."""

    async def prueba():
        arriendo = ArriendoDeGuion()
        arriendo.fallan = 2
        bucle = _bucle(arriendo=arriendo)
        trabajo = asyncio.create_task(bucle.correr())
        await asyncio.sleep(modulo.RENOVAR_S * 5.5)
        bucle.terminar()
        await trabajo
        return arriendo.renovaciones

    assert correr(prueba()) == 5


def test_un_fallo_al_soltar_el_mando_no_estropea_un_final_con_calma():
    async def prueba():
        bucle = _bucle()
        bucle.terminar()
        await bucle.correr()

    correr(prueba())


def test_la_credencial_revocada_acaba_con_el_bucle_y_dice_por_que():
    async def prueba():
        bucle = _bucle()
        bucle.detenerse(ErrorDetener("DER-102", "clave revocada"))
        with pytest.raises(ErrorDetener, match="DER-102"):
            await bucle.correr()

    correr(prueba())


class ArriendoQueCuenta(ArriendoDeGuion):
    def __init__(self):
        super().__init__()
        self.soltados = 0

    async def soltar(self):
        self.soltados += 1


@pytest.mark.parametrize(("como", "soltados"), [("calma", 1), ("revocada", 0), ("fallo", 0), ("cancelado", 1)])
def test_solo_suelta_el_mando_quien_acaba_a_proposito(como, soltados):
    """Quien vigila lee el mando suelto como una despedida: si lo soltara el que muere, nadie avisaría de que falta."""

    async def prueba():
        arriendo, contable = ArriendoQueCuenta(), ContableDeGuion()
        bucle = _bucle(arriendo=arriendo, contable=contable)
        if como == "fallo":
            contable.liquidar = None  # llamarlo es un fallo que nadie espera
            cerrada = Liquidacion(
                referencia="7", resultado=Resultado.GANADA, beneficio=Decimal(1), cobrado=Decimal(2), hora=AHORA
            )
            bucle.publicar(PosicionCerrada(liquidacion=cerrada))
        trabajo = asyncio.create_task(bucle.correr())
        await asyncio.sleep(0.1)
        if como == "calma":
            bucle.terminar()
        elif como == "revocada":
            bucle.detenerse(ErrorDetener("DER-102", "clave revocada"))
        elif como == "cancelado":
            trabajo.cancel()
        await asyncio.gather(trabajo, return_exceptions=True)
        return arriendo.soltados

    assert correr(prueba()) == soltados


def test_lo_que_urge_durante_una_pasada_pide_otra():
    """La respuesta tardía a una compra puede llegar cuando la pasada ya buscó: hay que volver a mirar."""

    async def prueba():
        reconciliador = ReconciliadorDeGuion()
        bucle = _bucle(reconciliador=reconciliador, pasarela=PasarelaQueApunta())
        bucle._puede_intentar = lambda: False
        avisos = [bucle.urgir]
        reconciliador.durante = lambda: avisos.pop()() if avisos else None
        trabajo = asyncio.create_task(bucle.correr())
        bucle.publicar(ConexionLista(hora=AHORA, reconexion=False))
        await asyncio.sleep(20)
        bucle.terminar()
        await trabajo
        return reconciliador.pasadas

    assert correr(prueba()) == [True, True]


def test_lo_que_urge_no_se_olvida_si_la_pasada_quedo_a_medias():
    async def prueba():
        reconciliador = ReconciliadorDeGuion()
        reconciliador.informe = InformeReconciliacion(completo=False)
        bucle = _bucle(reconciliador=reconciliador)
        bucle._conectado = True
        await bucle._reconciliar()
        reconciliador.informe = COMPLETO
        await bucle._reconciliar()
        await bucle._reconciliar()
        return reconciliador.pasadas

    assert correr(prueba()) == [True, True, False]


@pytest.mark.parametrize("orden", ["terminar", "detenerse", "perder_mando"])
def test_lo_que_se_pide_mientras_se_cotiza_llega_antes_que_la_orden(orden):
    async def prueba():
        acciones = {
            "terminar": lambda: bucle.terminar(),
            "detenerse": lambda: bucle.detenerse(ErrorDetener("X-1", "fin")),
            "perder_mando": lambda: setattr(bucle, "informe", None),
        }
        pasarela, decisor = PasarelaQueApunta(), DecisorDeGuion(lambda: acciones[orden]())
        bucle = _bucle(pasarela=pasarela, decisor=decisor)
        bucle._conectado, bucle.informe = True, COMPLETO
        await bucle._intentar_entrada()
        return pasarela.enviadas, decisor.gastadas

    assert correr(prueba()) == (0, [])
