"""Qué evento produce qué aviso, puro: recibe un suceso y devuelve avisos nuevos o asuntos resueltos.

La tabla dice qué tipos de evento se cuentan; los demás (operaciones, balances, entradas ficticias…) se ven en el panel
y no molestan a nadie.
"""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from notificaciones import contenidos
from notificaciones.contenidos import Marco
from notificaciones.tipos import Accion, Resuelto, Suceso

EN_DUDA = frozenset({"DESCONOCIDA", "REVISION"})
ESPERA_DUDA_S = 60.0  # la mayoría se aclara sola antes
ESPERA_RELOJ_S = 30.0  # un desvío que va y viene no es una noticia
FLUJO_FRENO = "freno"
EntornoDe = Callable[[Suceso], str]


def acciones(suceso: Suceso, entorno: str, zona: ZoneInfo) -> tuple[Accion, ...]:
    """Devuelve lo que hay que hacer con un suceso; nada, si no se cuenta."""
    regla = REGLAS.get(suceso.tipo)
    return () if regla is None else regla(suceso, _marco(suceso, entorno, zona))


def interesa(tipo: str) -> bool:
    """Devuelve si ese tipo de evento puede producir avisos."""
    return tipo in REGLAS


def _marco(suceso: Suceso, entorno: str, zona: ZoneInfo) -> Marco:
    bot = str(suceso.datos.get("bot") or suceso.flujo)
    moneda = str(suceso.datos.get("moneda") or "")
    return Marco(bot=bot, entorno=entorno, clave=f"evento:{suceso.id}", en=suceso.en, zona=zona, moneda=moneda)


def _directa(contenido: Callable[[Marco, Any], Accion]) -> Callable[[Suceso, Marco], tuple[Accion, ...]]:
    return lambda suceso, marco: (contenido(marco, suceso.datos),)


def _freno(suceso: Suceso, marco: Marco) -> tuple[Accion, ...]:
    datos = suceso.datos
    ambito, clave, estado = (str(datos.get(campo) or "") for campo in ("ambito", "clave", "estado"))
    if datos.get("antes") == estado:
        return ()
    asunto = f"freno:{ambito}:{clave}"
    marco = msgspec.structs.replace(marco, bot=clave if ambito == "bot" else "", asunto=asunto)
    if estado == "ACTIVO":
        aviso = contenidos.freno_quitado(marco, datos)
        # Sin antes no había freno: no hay nada que contar ni que dar por resuelto.
        return (Resuelto(asunto, "freno quitado"), aviso) if datos.get("antes") else ()
    if estado == "REDUCIENDO":
        return (contenidos.freno_reduciendo(marco, datos),)
    motivo = datos.get("motivo") or "sin motivo"
    sobre = "todos los bots" if ambito == "global" else f"{ambito} {clave}"
    return (contenidos.emergencia(marco, f"ALTO de {sobre}, por {datos.get('actor') or 'el sistema'}: {motivo}"),)


def _orden(suceso: Suceso, marco: Marco) -> tuple[Accion, ...]:
    datos = suceso.datos
    asunto = f"orden:{datos.get('id_cliente')}"
    estado = datos.get("estado")
    if estado not in EN_DUDA:
        # De una duda se sale adoptada o no colocada; lo demás no tenía aviso que callar.
        return (Resuelto(asunto, f"orden {estado}"),) if datos.get("desde") in EN_DUDA else ()
    aviso = contenidos.orden_en_duda(msgspec.structs.replace(marco, asunto=asunto), datos)
    if estado == "REVISION":
        return (Resuelto(asunto, "en revisión"), aviso)
    return (msgspec.structs.replace(aviso, esperar_s=ESPERA_DUDA_S),)


def _ajeno(suceso: Suceso, marco: Marco) -> tuple[Accion, ...]:
    datos = suceso.datos
    que = f"La cuenta cambió {marco.importe(datos.get('importe'))} por «{datos.get('motivo') or 'otra cosa'}»"
    return (contenidos.ajeno(marco, f"{que}; el balance es {marco.importe(datos.get('balance'))}."),)


def _externa(suceso: Suceso, marco: Marco) -> tuple[Accion, ...]:
    datos = suceso.datos
    que = f"Hay una posición que no abrió ningún bot: {datos.get('simbolo')} de {marco.importe(datos.get('monto'))}."
    return (contenidos.ajeno(marco, que),)


def _reloj(suceso: Suceso, marco: Marco) -> tuple[Accion, ...]:
    asunto = f"reloj:{marco.bot}"
    if suceso.tipo == "RELOJ_EN_HORA":
        return (Resuelto(asunto, "reloj en hora"),)
    aviso = contenidos.reloj_desviado(msgspec.structs.replace(marco, asunto=asunto), suceso.datos)
    return (msgspec.structs.replace(aviso, esperar_s=ESPERA_RELOJ_S),)


def _auditoria(suceso: Suceso, marco: Marco) -> tuple[Accion, ...]:
    datos = suceso.datos
    que = f"La auditoría está ROTA en «{datos.get('flujo')}», eslabón {datos.get('seq')}: {datos.get('motivo')}."
    hecho = "el registro no se ha tocado; los bots siguen."
    espera = "parar con «timonel alto» si no sabe por qué, y «timonel auditoria verificar»."
    return (contenidos.emergencia(msgspec.structs.replace(marco, bot=""), que, hecho, espera),)


REGLAS: dict[str, Callable[[Suceso, Marco], tuple[Accion, ...]]] = {
    "INICIO_OPERATIVA": _directa(contenidos.inicio_operativa),
    "STOP_LOSS": _directa(contenidos.stop_loss),
    "FIN_DE_PAUSA": _directa(contenidos.fin_de_pausa),
    "HORA_ELEGIDA": _directa(contenidos.fin_de_pausa),
    "REACTIVADO": _directa(contenidos.reactivacion),
    "SIN_SALDO": _directa(contenidos.sin_saldo),
    "MOVIMIENTO_AJENO": _ajeno,
    "externa": _externa,
    "freno": _freno,
    "orden": _orden,
    "RELOJ_DESVIADO": _reloj,
    "RELOJ_EN_HORA": _reloj,
    "AUDITORIA_ROTA": _auditoria,
}
