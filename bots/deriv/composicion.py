"""Junta las piezas de un bot de Deriv: el único sitio donde se sabe quién cumple cada puerto."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import msgspec

from bots.deriv.aprendido import Aprendido
from bots.deriv.bucle import Ajustes, BucleDeriv
from bots.deriv.calentamiento import insistir, suscribir
from bots.deriv.contable import Contable
from bots.deriv.decisor import Decisor, Identidad, ParametrosDecisor
from bots.deriv.ficticias import Ficticias
from bots.deriv.hora import HoraFiable
from bots.deriv.latido import Latidos
from bots.deriv.papel import Extremos, Papel, cuenta_de_papel
from bots.deriv.parametros import parametros_senales
from bots.deriv.pausa import Elector, ReglaHora
from bots.frenos import FrenoLocal, rutas_bandera
from core.configuracion import ConfigBot
from core.meta_dinamica import ReglaDinamica
from core.services import Ficha
from dominio.azar import Azar
from dominio.errores import ErrorDetener
from dominio.eventos import EventoSede
from dominio.instrumentos import Entorno, Sede
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.arriendo import ArriendoDjango
from historial.diario import DiarioDjango
from historial.selectors.frenos import freno_vigente
from integracion_deriv.broker import BrokerDeriv
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.config import ConfigDeriv
from integracion_deriv.hora_sede import RelojSede
from integracion_deriv.lector import LectorDeriv
from integracion_deriv.mercado import MercadoDeriv
from trading.motor_senales.motor import MotorSenales
from trading.pasarela import Pasarela
from trading.reconciliador import Reconciliador

AlAvanzar = Callable[[str], None]


class Buzon:
    """Guarda lo que la sede cuenta hasta que hay un bucle que lo reciba."""

    def __init__(self) -> None:
        self._pendientes: list[EventoSede] = []
        self._destino: Callable[[EventoSede], None] = self._pendientes.append
        self._al_despertar: Callable[[], None] = lambda: None

    def publicar(self, evento: EventoSede) -> None:
        """Entrega el evento o lo guarda."""
        self._destino(evento)

    def despertar(self) -> None:
        """Avisa de que hay pruebas nuevas de una compra que se dio por desconocida."""
        self._al_despertar()

    def conectar(self, destino: Callable[[EventoSede], None], al_despertar: Callable[[], None]) -> None:
        """Entrega lo guardado, en orden, y desde ahora todo lo que llegue."""
        self._destino = destino
        self._al_despertar = al_despertar
        for evento in self._pendientes:
            destino(evento)
        self._pendientes.clear()


class Montado(msgspec.Struct, frozen=True, kw_only=True):
    """Un bot listo para correr, con lo que hay que cerrar al acabar."""

    bucle: BucleDeriv
    cliente: ClienteDeriv
    decisor: Decisor
    freno: FrenoLocal
    ficha: Ficha
    aprendido: Aprendido
    latidos: Latidos

    async def cerrar(self) -> None:
        """Cierra la conexión con la sede."""
        await self.cliente.cerrar()


class Piezas(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que cambia entre producción, demostración y simulación."""

    reloj: Reloj
    azar: Azar
    ejecutor: Ejecutor
    datos: Path
    titular: str
    max_contratos: int | None = None
    pausa: timedelta | None = None
    ttl_arriendo_s: float = 10.0


async def montar(
    config: ConfigBot, conexion: ConfigDeriv, piezas: Piezas, al_avanzar: AlAvanzar = lambda _texto: None
) -> Montado:
    """Devuelve el bot conectado, con el mando tomado y las señales calientes.

    Raises:
        ErrorConfiguracion: CFG-04, SEN-01 o SEN-02 en las señales. ErrorServicio: la sede no responde.
        ErrorDetener: ARR-01 si otro proceso manda ya en este bot.
    """
    parametros_senales(config)  # un fichero mal escrito se dice antes de tocar la red
    buzon = Buzon()
    cliente = ClienteDeriv(conexion, reloj=piezas.reloj, azar=piezas.azar, publicar=buzon.publicar)
    al_avanzar("conectando con la sede")
    await cliente.conectar()
    try:
        return await _componer(config, cliente, buzon, piezas, al_avanzar)
    except BaseException:
        await cliente.cerrar()
        raise


async def _componer(
    config: ConfigBot, cliente: ClienteDeriv, buzon: Buzon, piezas: Piezas, al_avanzar: AlAvanzar
) -> Montado:
    en_papel = config.entorno is Entorno.PAPEL
    cuenta = cuenta_de_papel(cliente.cuenta) if en_papel else cliente.cuenta
    ficha = Ficha(config.nombre, Sede.DERIV, cuenta, config.moneda, str(config.entorno))
    arriendo = ArriendoDjango(
        ficha.bot, ficha.sede, ficha.cuenta, piezas.titular, piezas.ejecutor, piezas.reloj, ttl_s=piezas.ttl_arriendo_s
    )
    await _tomar_mando(arriendo, ficha, piezas, al_avanzar)
    reloj = RelojSede(piezas.reloj, cliente.hora_sede)  # que alguien ajuste el reloj del equipo no cambie nada
    mercado = MercadoDeriv(cliente)
    vivo = BrokerDeriv(cliente, mercado, al_llegar_tarde=lambda *_: buzon.despertar())
    diario = DiarioDjango(
        piezas.ejecutor,
        reloj,
        ambito_bloqueo=vivo.capacidades.ambito_bloqueo,
        max_abiertas=1,
        reloj_arriendo=piezas.reloj,
    )
    lector = LectorDeriv.de_cliente(
        cliente, ya_conocidas=lambda referencia: diario.conocida(Sede.DERIV, ficha.cuenta, referencia)
    )
    papel = Papel(
        vivo=vivo,
        lector=lector,
        mercado=mercado,
        reloj=reloj,
        cuenta=ficha.cuenta,
        moneda=ficha.moneda,
        al_faltar=buzon.despertar,
    )
    extremos = (
        papel.extremos()
        if en_papel
        else Extremos(broker=vivo, lector=lector, vigilar=vivo.vigilar, contexto=cliente.contexto_de_envio)
    )
    freno = FrenoLocal(
        leer_base=lambda: freno_vigente(bot=ficha.bot, sede=ficha.sede, cuenta=ficha.cuenta),
        ejecutor=piezas.ejecutor,
        banderas=rutas_bandera(piezas.datos, ficha.bot),
        reloj=reloj,
    )
    decisor = _decisor(config, ficha, mercado, extremos, piezas, reloj)
    aprendido = Aprendido(
        decisor.motor,
        datos=piezas.datos,
        bot=ficha.bot,
        entorno=config.entorno,
        cuenta=ficha.cuenta,
        ejecutor=piezas.ejecutor,
        reloj=reloj,
    )
    await aprendido.restaurar()
    al_avanzar("leyendo la historia de cada activo")
    await decisor.calentar(al_avanzar)
    await suscribir(mercado, config.activos)
    contable = Contable(
        ficha=ficha,
        regla=_regla(config),
        pausa=timedelta(hours=config.pausa.horas) if piezas.pausa is None else piezas.pausa,
        lector=extremos.lector,
        diario=diario,
        ejecutor=piezas.ejecutor,
        reloj=reloj,
    )
    await insistir(contable.activar)
    papel.contable = contable
    latidos = Latidos(
        ficha=ficha, titular=piezas.titular, ejecutor=piezas.ejecutor, reloj=reloj, version=version("timonel")
    )
    bucle = BucleDeriv(
        ajustes=Ajustes(
            activos=config.activos,
            max_contratos=piezas.max_contratos,
        ),
        contable=contable,
        decisor=decisor,
        pasarela=Pasarela(broker=extremos.broker, diario=diario, arriendo=arriendo, freno=freno, reloj=reloj),
        reconciliador=Reconciliador(
            lector=extremos.lector, diario=diario, reloj=reloj, sede=Sede.DERIV, cuenta=ficha.cuenta
        ),
        arriendo=arriendo,
        ejecutor=piezas.ejecutor,
        reloj=reloj,
        hora=HoraFiable(
            bot=ficha.bot, sede=reloj, equipo=piezas.reloj, preguntar=lector.hora, ejecutor=piezas.ejecutor
        ),
        elector=Elector(ficha=ficha, regla=_regla_de_hora(config), ejecutor=piezas.ejecutor, reloj=reloj),
        ficticias=Ficticias(ficha=ficha, decisor=decisor, ejecutor=piezas.ejecutor, reloj=reloj),
        latidos=latidos,
        vigilar=extremos.vigilar,
    )
    buzon.conectar(extremos.desviar(bucle.publicar), bucle.urgir)
    latidos.bucle = bucle
    return Montado(
        bucle=bucle,
        cliente=cliente,
        decisor=decisor,
        freno=freno,
        ficha=ficha,
        aprendido=aprendido,
        latidos=latidos,
    )


async def _tomar_mando(arriendo: ArriendoDjango, ficha: Ficha, piezas: Piezas, al_avanzar: AlAvanzar) -> None:
    """Toma el mando, esperando lo que tarda en caducar el de un proceso que murió. Raises ErrorDetener (ARR-01)."""
    limite = piezas.reloj.monotonico() + piezas.ttl_arriendo_s + 2.0
    while not await arriendo.tomar():
        if piezas.reloj.monotonico() > limite:
            raise ErrorDetener(
                "ARR-01", f"Otro proceso está operando {ficha.bot} en esta cuenta.", "Espere a que acabe o deténgalo."
            )
        al_avanzar("esperando a que caduque el mando del proceso anterior")
        await asyncio.sleep(0.5)


def _decisor(
    config: ConfigBot,
    ficha: Ficha,
    mercado: MercadoDeriv,
    extremos: Extremos,
    piezas: Piezas,
    reloj: Reloj,
) -> Decisor:
    parametros = parametros_senales(config)
    return Decisor(
        identidad=Identidad(
            instalacion=id_instalacion(piezas.datos),
            bot=config.nombre,
            sede=Sede.DERIV,
            cuenta=ficha.cuenta,
            entorno=config.entorno,
            moneda=config.moneda,
        ),
        parametros=ParametrosDecisor(
            activos=config.activos,
            duracion=config.contrato.duracion,
            unidad=config.contrato.unidad,
            pago_neto_min=config.contrato.pago_min_pct / 100.0,
            regla=_regla(config),
            exigir_ventaja=parametros.exigir_ventaja,
            ticks_calentamiento=config.senales.ticks_calentamiento,
        ),
        motor=MotorSenales(parametros, config.activos, config.nombre),
        mercado=mercado,
        broker=extremos.broker,
        reloj=reloj,
        contexto=extremos.contexto,
    )


def id_instalacion(datos: Path) -> str:
    """Devuelve el identificador de esta instalación; lo crea la primera vez."""
    ruta = datos / "instalacion"
    try:
        return ruta.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        datos.mkdir(parents=True, exist_ok=True)
        identificador = secrets.token_hex(8)
        ruta.write_text(identificador, encoding="ascii")
        return identificador


def _regla(config: ConfigBot) -> ReglaDinamica:
    return ReglaDinamica(
        monto_pct=config.regla.monto_pct, meta_pct=config.regla.meta_pct, stop_pct=config.regla.stop_pct
    )


def _regla_de_hora(config: ConfigBot) -> ReglaHora:
    pausa = config.pausa
    return ReglaHora(
        zona=pausa.zona,
        min_muestras=pausa.min_muestras,
        hora_reserva=pausa.hora_reserva,
        espera_max_h=pausa.espera_max_h,
        sin_hora=pausa.sin_hora,
    )
