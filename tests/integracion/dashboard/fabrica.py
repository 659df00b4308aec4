"""Un bot con historia de verdad: cada operación pasa por el diario y por los servicios que mueven balance y tanda."""

from datetime import timedelta
from decimal import Decimal

from core.meta_dinamica import ReglaDinamica
from core.services import Ficha, activar_bot, asentar_liquidacion, estado_de
from dominio.reloj import RelojManual
from historial.models import FilaArriendo
from tests.integracion.historial.fabrica import aceptada, con_mando, correr, diario_de, intencion, liquidacion

BOT = "deriv_dinamico"
REGLA = ReglaDinamica()
PAUSA = timedelta(hours=24)


def bot_nuevo(reloj: RelojManual, cuenta: str, balance: str = "10000.00", bot: str = BOT) -> Ficha:
    """Devuelve la ficha de un bot recién activado."""
    ficha = Ficha(bot, "deriv", cuenta)
    activar_bot(ficha, Decimal(balance), reloj.ahora())
    return ficha


def operar(reloj: RelojManual, ficha: Ficha, beneficio: str, **cambios: object) -> str:
    """Hace una operación entera y devuelve su número de contrato; el reloj avanza un minuto."""
    arriendo = FilaArriendo.objects.filter(bot=ficha.bot, cuenta=ficha.cuenta).first()
    numero = arriendo.ficha if arriendo else con_mando(reloj, ficha.cuenta, ttl_s=1e6, bot=ficha.bot).ficha
    diario, orden = diario_de(reloj, max_abiertas=None), intencion(reloj, ficha.cuenta, bot=ficha.bot, **cambios)
    correr(diario.registrar_intencion(orden))
    correr(diario.marcar_enviando(orden.id_cliente, numero))
    respuesta = aceptada(reloj)
    assert respuesta.aceptacion is not None
    correr(diario.registrar_resultado(orden.id_cliente, respuesta))
    reloj.avanzar(60)
    referencia = respuesta.aceptacion.referencia
    asentar_liquidacion(ficha, liquidacion(reloj, referencia, beneficio), REGLA, PAUSA, reloj.ahora())
    return referencia


def ciclo_de(ficha: Ficha) -> str:
    """Devuelve el ciclo guardado del bot."""
    estado = estado_de(ficha)
    assert estado is not None
    return str(estado.ciclo)
