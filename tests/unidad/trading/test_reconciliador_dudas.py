"""Lo que el reconciliador no puede dar por sabido: búsquedas a medias, llegadas tardías ambiguas y lo ya descartado."""

import asyncio
import logging
from datetime import timedelta
from decimal import Decimal

import pytest

from dominio.errores import ErrorReintentable, ErrorTransicion
from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import Aceptacion, Busqueda, EstadoOrden, Intencion, ResultadoEnvio, TipoOrden
from dominio.posiciones import PosicionSede
from dominio.puertos import Capacidades
from dominio.reloj import RelojManual
from dominio.senales import Direccion
from simulacion.determinista.diario_memoria import DiarioMemoria
from trading.reconciliador import Reconciliador

pytestmark = pytest.mark.rapido
CUENTA = "VRTC1"
VACIA = Busqueda(coincidencias=(), limpia=True, balance_explicado=True)
A_MEDIAS = Busqueda(coincidencias=(), limpia=False, balance_explicado=False)


class LectorDeGuion:
    """Contesta siempre ``respuesta`` y cuenta cuántas búsquedas le piden."""

    capacidades = Capacidades(sede=Sede.DERIV, ambito_bloqueo="cuenta", espera_tardia_s=30.0, ventana_s=60.0)

    def __init__(self, reloj):
        self.reloj = reloj
        self.respuesta = VACIA
        self.buscadas: list[str] = []
        self.posiciones = ()
        self.tarda_s = 0

    async def buscar(self, intencion, enviado_en):
        self.buscadas.append(intencion.id_cliente)
        self.reloj.avanzar(self.tarda_s)
        return self.respuesta

    async def abiertas(self):
        return self.posiciones

    async def posicion(self, referencia):
        raise ErrorReintentable("X-01", "sin respuesta")


class Escena:
    def __init__(self):
        self.reloj = RelojManual()
        self.diario = DiarioMemoria(self.reloj)
        self.lector = LectorDeGuion(self.reloj)
        self.reconciliador = Reconciliador(
            lector=self.lector, diario=self.diario, reloj=self.reloj, sede=Sede.DERIV, cuenta=CUENTA
        )

    def pasada(self, **opciones):
        return asyncio.run(self.reconciliador.pasada(**opciones))

    def estado(self, clave):
        return self.diario.filas[clave].estado

    def desconocida(self, clave="a" * 26):
        """Deja una orden enviada cuya suerte no se sabe."""
        intencion = Intencion(
            id_cliente=clave, sede=Sede.DERIV, cuenta=CUENTA, entorno=Entorno.SIMULADO, bot="b", clave_senal=clave,
            simbolo="R_50", direccion=Direccion.CALL, tipo=TipoOrden.CONTRATO, monto=Decimal(5), moneda="USD",
            riesgo=Decimal(5), creada_en=self.reloj.ahora(), vence_en=self.reloj.ahora() + timedelta(seconds=5),
        )  # fmt: skip

        async def enviar():
            assert await self.diario.preparar_envio(intencion, 1)
            await self.diario.registrar_resultado(clave, ResultadoEnvio(estado=EstadoOrden.DESCONOCIDA))

        asyncio.run(enviar())
        return clave

    def no_colocada(self):
        """Deja una orden dada por no colocada, con su ventana aún abierta."""
        clave = self.desconocida()
        self.pasada()
        self.reloj.avanzar(31)
        self.pasada()
        assert self.estado(clave) is EstadoOrden.NO_COLOCADA
        self.lector.buscadas.clear()
        return clave


def _contrato(reloj, numero):
    return Aceptacion(referencia=str(numero), hora=reloj.ahora(), precio=Decimal(5), tras_buscar=True)


def test_vigilar_a_medias_no_es_haber_vigilado():
    """Si la sede no contesta, el contrato sin dueño de ahora mismo aún puede ser la llegada tardía."""
    escena = Escena()
    escena.no_colocada()
    escena.lector.respuesta = A_MEDIAS
    assert not escena.pasada(vigilar=True).completo
    escena.lector.respuesta = VACIA
    assert escena.pasada(vigilar=True).completo


def test_lo_descartado_con_la_ventana_cerrada_no_se_vuelve_a_buscar():
    escena = Escena()
    clave = escena.no_colocada()
    escena.pasada(vigilar=True)
    escena.reloj.avanzar(20)
    escena.pasada(vigilar=True)
    assert escena.lector.buscadas == [clave, clave]  # dentro de la ventana se busca cada vez
    escena.reloj.avanzar(30)
    for _ in range(5):
        escena.pasada(vigilar=True)
    assert escena.lector.buscadas == [clave] * 3  # una más al cerrarse, y basta


def test_sin_ventana_conocida_se_vigila_siempre():
    escena = Escena()
    escena.no_colocada()
    escena.reconciliador._capacidades = Capacidades(sede=Sede.MT5, ambito_bloqueo="simbolo", espera_tardia_s=30.0)
    escena.reloj.avanzar(3600)
    for _ in range(3):
        escena.pasada(vigilar=True)
    assert len(escena.lector.buscadas) == 3


@pytest.mark.parametrize("busqueda", ["sucia", "sin_explicar"])
def test_lo_que_no_se_pudo_descartar_se_sigue_vigilando(busqueda):
    escena = Escena()
    escena.no_colocada()
    escena.reloj.avanzar(3600)
    sin_explicar = Busqueda(coincidencias=(), limpia=True, balance_explicado=False)
    escena.lector.respuesta = A_MEDIAS if busqueda == "sucia" else sin_explicar
    for _ in range(3):
        escena.pasada(vigilar=True)
    assert len(escena.lector.buscadas) == 3


def test_una_llegada_tardia_ambigua_pasa_a_revision_para_que_alguien_pueda_decidir():
    escena = Escena()
    clave = escena.no_colocada()
    gemelos = (_contrato(escena.reloj, 11), _contrato(escena.reloj, 12))
    escena.lector.respuesta = Busqueda(coincidencias=gemelos, limpia=True, balance_explicado=True)
    assert escena.pasada(vigilar=True).en_revision == (clave,)
    assert escena.estado(clave) is EstadoOrden.REVISION


def test_la_espera_tardia_se_cuenta_hasta_que_se_empezo_a_mirar():
    """Una búsqueda empezada a los 22 s y contestada a los 31 no dice nada de lo que llegó a los 25."""
    escena = Escena()
    clave = escena.desconocida()
    escena.pasada()
    escena.lector.tarda_s = 9
    escena.reloj.avanzar(22)
    escena.pasada()
    assert escena.estado(clave) is EstadoOrden.DESCONOCIDA
    escena.pasada()
    assert escena.estado(clave) is EstadoOrden.NO_COLOCADA


def test_la_ventana_se_cierra_antes_de_mirar_y_no_mientras():
    escena = Escena()
    clave = escena.no_colocada()
    escena.lector.tarda_s = 30
    escena.reloj.avanzar(10)
    for _ in range(3):
        escena.pasada(vigilar=True)
    assert escena.lector.buscadas == [clave, clave]


def test_a_medias_no_se_da_por_externa_una_posicion_sin_dueno():
    escena = Escena()
    escena.no_colocada()
    escena.lector.respuesta = A_MEDIAS
    posicion = PosicionSede(
        referencia="77", simbolo="R_50", direccion=Direccion.CALL, monto=Decimal(5), hora_compra=escena.reloj.ahora()
    )
    escena.lector.posiciones = (posicion,)
    assert escena.pasada().externas == ()
    escena.lector.respuesta = VACIA
    assert escena.pasada().externas == ("77",)


def test_un_fallo_que_no_es_de_la_sede_deja_rastro(caplog):
    escena = Escena()
    escena.desconocida()
    escena.lector.respuesta = None

    async def romper(*_args):
        raise ErrorTransicion("ORD-01", "una orden que ya no está donde estaba")

    escena.lector.buscar = romper
    with caplog.at_level(logging.ERROR):
        informe = escena.pasada()
    assert (informe.completo, informe.fallo) == (False, "ORD-01")
    assert [registro.exc_info[0] for registro in caplog.records] == [ErrorTransicion]
