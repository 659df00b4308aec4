"""Qué dice cada aviso, puro: una función por tipo. Cifras, con qué dinero, qué hizo ya el sistema y qué se espera."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from notificaciones.tipos import NuevoAviso, Urgencia

ENTORNOS = {"simulado": "SIMULADO", "papel": "PAPEL", "demo": "DEMO", "real": "REAL"}
NADA = "nada; es solo para que lo sepa."


class Marco(msgspec.Struct, frozen=True, kw_only=True):
    """De quién se habla y cuándo: bot, con qué dinero, clave del suceso, hora y zona en que se escriben las horas.

    ``entorno``: uno, o varios unidos por «+» si se habla de varios bots.
    """

    bot: str
    entorno: str
    clave: str
    en: datetime
    zona: ZoneInfo = ZoneInfo("America/Bogota")
    moneda: str = ""
    asunto: str = ""

    @property
    def cabecera(self) -> str:
        """Devuelve «[SIMULADO] bot»; con qué dinero va siempre delante."""
        nombres = [ENTORNOS[uno] for uno in self.entorno.split("+") if uno in ENTORNOS]
        return f"[{' y '.join(nombres) or 'DINERO SIN CONFIRMAR'}] {self.bot or 'todos los bots'}"

    def hora(self, momento: "datetime | str | None") -> str:
        """Devuelve «22/11 08:05 (13:05 UTC)», o «una hora sin fijar»."""
        leido = _hora(momento)
        if leido is None:
            return "una hora sin fijar"
        return f"{leido.astimezone(self.zona):%d/%m %H:%M} ({leido:%H:%M} UTC)"

    def importe(self, valor: Any) -> str:
        """Devuelve «1.234,56 USD»; «una cifra desconocida» si no es un número."""
        numero = _decimal(valor)
        if numero is None:
            return "una cifra desconocida"
        texto = f"{numero:,.2f}".translate(str.maketrans(",.", ".,"))
        return f"{texto} {self.moneda}".rstrip()

    def aviso(self, tipo: str, urgencia: Urgencia, que_paso: str, hecho: str, se_espera: str = NADA) -> NuevoAviso:
        """Devuelve el aviso con este marco."""
        return NuevoAviso(
            clave=self.clave,
            asunto=self.asunto,
            tipo=tipo,
            urgencia=urgencia,
            bot=self.bot,
            cabecera=self.cabecera,
            que_paso=que_paso,
            hecho=hecho,
            se_espera=se_espera,
            ocurrido_en=self.en,
        )


Datos = Mapping[str, Any]


def inicio_operativa(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que el bot empieza a operar."""
    que = f"Empieza a operar con un balance de {marco.importe(datos.get('balance'))} el {marco.hora(marco.en)}."
    return marco.aviso("inicio_operativa", Urgencia.HOY, que, "abrió su tanda y vigila meta y stop.")


def stop_loss(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que el bot se detuvo por stop: cuánto perdió, desde qué pico y hasta cuándo."""
    perdida, pico = _decimal(datos.get("perdida_acumulada")), _decimal(datos.get("pico"))
    pct = f" ({_cifra(perdida / pico * 100)} %)" if perdida is not None and pico else ""
    que = (
        f"Se detuvo por stop loss el {marco.hora(marco.en)}: perdió {marco.importe(perdida)}{pct} desde el pico de"
        f" {marco.importe(pico)}; le quedan {marco.importe(datos.get('balance'))}."
    )
    hecho = (
        f"no abre nada más y está en pausa hasta el {marco.hora(datos.get('reanuda_en'))};"
        " mientras, hace entradas ficticias para buscar una hora mejor."
    )
    return marco.aviso("stop_loss", Urgencia.HOY, que, hecho)


def fin_de_pausa(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que la pausa acabó y qué hora espera."""
    hora = datos.get("hora_elegida")
    if hora is None:
        que = "Acabó la pausa sin datos bastantes para elegir una hora."
        hecho = f"espera datos hasta el {marco.hora(datos.get('entra_en'))} y luego hace lo que dice su fichero."
    else:
        que = f"Acabó la pausa: la mejor hora fue la de las {hora}:00. {_veredicto(datos)}"
        hecho = f"espera y vuelve a operar el {marco.hora(datos.get('entra_en'))}."
    return marco.aviso("fin_de_pausa", Urgencia.HOY, que, hecho)


def reactivacion(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que el bot vuelve a operar en una tanda nueva."""
    que = (
        f"Vuelve a operar el {marco.hora(marco.en)} con {marco.importe(datos.get('balance'))}"
        f" (tanda {datos.get('tanda', '?')})."
    )
    return marco.aviso("reactivacion", Urgencia.HOY, que, "empezó una tanda con meta y stop nuevos desde ese balance.")


def sin_saldo(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que el monto no llega al mínimo de la sede."""
    que = f"El balance ({marco.importe(datos.get('balance'))}) no da para el monto mínimo de la sede."
    return marco.aviso("sin_saldo", Urgencia.HOY, que, "no abre nada hasta que alcance.", "ingresar saldo, si quiere.")


def emergencia(marco: Marco, que_paso: str, hecho: str = "", se_espera: str = "") -> NuevoAviso:
    """Devuelve el aviso de algo que no puede esperar: alto, descuadre, reloj desviado."""
    return marco.aviso(
        "emergencia",
        Urgencia.YA,
        f"EMERGENCIA: {que_paso}",
        hecho or "no se abre nada; protecciones y liquidaciones siguen.",
        se_espera or "mirar el panel o «timonel estado», y reanudar con su clave cuando esté claro. Responda OK.",
    )


def reloj_desviado(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que el reloj del equipo y el de la sede no concuerdan: con horas dudosas no se opera."""
    desvio = _decimal(datos.get("desvio_s"))
    que = f"el reloj del equipo y el de la sede difieren en {_cifra(desvio and abs(desvio))} s."
    hecho = "no abre nada mientras difieran; lo abierto se liquida igual."
    espera = "poner en hora el equipo (NTP). Responda OK para que no se repita."
    return emergencia(marco, que, hecho, espera)


def freno_reduciendo(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que alguien pidió una pausa de entradas."""
    que = f"Pausa de entradas: {_de_quien(datos)} ({_texto(datos, 'motivo') or 'sin motivo'})."
    espera = "reanudar desde el panel o la consola, con su clave."
    return marco.aviso("freno", Urgencia.HOY, que, "no se abren posiciones; lo abierto sigue su curso.", espera)


def freno_quitado(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que se quitó un freno."""
    que = f"Freno quitado: {_de_quien(datos)} ({_texto(datos, 'motivo') or 'sin motivo'})."
    return marco.aviso("freno", Urgencia.HOY, que, "los bots de ese ámbito vuelven a poder abrir.")


def orden_en_duda(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de una orden de suerte desconocida, o que solo puede resolver una persona."""
    ident = _texto(datos, "id_cliente") or "sin identificador"
    if datos.get("estado") == "REVISION":
        que = (
            f"La orden {ident} pide una decisión: {_texto(datos, 'motivo') or 'no se pudo averiguar qué fue de ella'}."
        )
        espera = f"mirar la sede y decidir con «timonel resolver {ident}». Responda OK para que no se repita."
    else:
        que = f"La orden {ident} lleva un minuto sin respuesta de la sede: no se sabe si se ejecutó."
        espera = "nada todavía; si no se aclara en diez minutos, se le pedirá decidir. Responda OK para no repetirlo."
    hecho = "cuenta entera en el riesgo, no se reenvía y nada más se abre en su cuenta; se busca en la sede."
    return marco.aviso("orden_en_duda", Urgencia.YA, que, hecho, espera)


def conexion_perdida(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de un bot que no da señales o está sin sede."""
    que = (
        f"Sin señales del bot desde el {marco.hora(datos.get('desde'))}."
        if datos.get("sin_latido")
        else f"El bot está sin conexión con la sede desde el {marco.hora(datos.get('desde'))}."
    )
    hecho = "no abre nada hasta reconectar y cuadrar con la sede; lo intenta sin parar."
    if datos.get("contrato"):
        hecho += f" Tiene abierto {datos['contrato']}, que se liquida solo en la sede."
    espera = "revisar el equipo y la red, y «timonel estado». Responda OK para que no se repita."
    return marco.aviso("conexion_perdida", Urgencia.YA, que, hecho, espera)


def conexion_recuperada(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el aviso de que el bot volvió a dar señales."""
    que = f"El bot vuelve a estar conectado; faltó desde el {marco.hora(datos.get('desde'))}."
    return marco.aviso("conexion_recuperada", Urgencia.HOY, que, "reconectó y cuadró con la sede antes de seguir.")


def ajeno(marco: Marco, que_paso: str) -> NuevoAviso:
    """Devuelve el aviso de algo en la cuenta que no hizo el bot."""
    hecho = "se anotó sin contarlo como ganancia ni pérdida."
    return marco.aviso("ajeno", Urgencia.HOY, que_paso, hecho, "comprobar que fue usted.")


def resumen_diario(marco: Marco, datos: Datos) -> NuevoAviso:
    """Devuelve el resumen de un día: operaciones, acierto con su intervalo, resultado y balance."""
    hechas = int(datos.get("ganadas", 0)) + int(datos.get("perdidas", 0)) + int(datos.get("nulas", 0))
    que = f"Día {datos.get('dia', '?')}: {hechas} operaciones ({datos.get('ganadas', 0)} ganadas, "
    que += f"{datos.get('perdidas', 0)} perdidas), resultado {marco.importe(datos.get('beneficio'))}"
    if datos.get("acierto_pct") is not None:
        que += f", acierto {_cifra(datos['acierto_pct'])} % (entre {_cifra(datos.get('bajo_pct'))} y "
        que += f"{_cifra(datos.get('alto_pct'))} %)"
    que += f", balance {marco.importe(datos.get('balance'))}."
    return marco.aviso("resumen_diario", Urgencia.RESUMEN, que, f"avisos sin acusar: {datos.get('sin_acusar', 0)}.")


def prueba(marco: Marco, quien: str) -> NuevoAviso:
    """Devuelve el mensaje de prueba."""
    que = f"Mensaje de prueba pedido por {quien} el {marco.hora(marco.en)}."
    return marco.aviso("prueba", Urgencia.HOY, que, "nada más: es una prueba.")


def seguridad(marco: Marco, que_paso: str) -> NuevoAviso:
    """Devuelve el aviso de que alguien intenta dar órdenes sin saber el PIN."""
    espera = "si no fue usted, cambie TIMONEL_WHATSAPP_PIN. Responda OK para que no se repita."
    return marco.aviso("seguridad", Urgencia.YA, que_paso, "no se hizo nada y se deja de atender un rato.", espera)


def _de_quien(datos: Datos) -> str:
    ambito, clave = _texto(datos, "ambito"), _texto(datos, "clave")
    sobre = "todos los bots" if ambito == "global" else f"{ambito} {clave}"
    return f"{sobre}, por {_texto(datos, 'actor') or 'el sistema'}"


def _veredicto(datos: Datos) -> str:
    texto = _texto(datos, "veredicto")
    return f"Veredicto: {texto}." if texto else "Sin veredicto."


def _texto(datos: Datos, campo: str) -> str:
    valor = datos.get(campo)
    return valor.strip().rstrip(".") if isinstance(valor, str) else ""


def _cifra(valor: Any) -> str:
    numero = _decimal(valor)
    return "?" if numero is None else f"{numero:.2f}".replace(".", ",")


def _decimal(valor: Any) -> Decimal | None:
    try:
        numero = Decimal(str(valor))
    except InvalidOperation:
        return None
    return numero if numero.is_finite() else None


def _hora(momento: "datetime | str | None") -> datetime | None:
    if isinstance(momento, str):
        try:
            momento = datetime.fromisoformat(momento)
        except ValueError:
            return None
    return momento if momento is not None and momento.tzinfo is not None else None
