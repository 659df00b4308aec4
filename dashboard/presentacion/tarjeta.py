"""De la lectura de un bot a lo que su tarjeta enseña: contrato abierto, espera y señal de vida. Puro."""

from decimal import Decimal
from typing import Any

from dashboard.presentacion.medidor import medidor
from dashboard.presentacion.minigrafico import minigrafico
from dashboard.presentacion.textos import nombre_ciclo

_AL_ALZA = ("CALL", "BUY")


def tarjeta(leida: dict[str, Any], balances: list[Decimal]) -> dict[str, Any]:
    """Devuelve la tarjeta lista para pintar. ``leida``: la de ``dashboard.selectors.bots``; ``balances``: su serie."""
    return {
        **leida,
        "nombre_ciclo": nombre_ciclo(leida["ciclo"]),
        "medidor": medidor(leida),
        "minigrafico": minigrafico(balances),
        "contrato": contrato(leida),
        "detenido": leida["freno"]["vigente"] != "ACTIVO",
        "parado_desde": leida["temporizador"]["parado_desde"],
        "acaba_en": leida["temporizador"]["acaba_en"],
        "con_bot_parado": _parado_a_mano(leida),
        "candidatos": _candidatos(leida),
        "sin_senal": len((leida["latido"] or {}).get("candidatos", ())) - len(_candidatos(leida)),
    }


def _candidatos(leida: dict[str, Any]) -> list[dict[str, Any]]:
    """Devuelve los activos con señal ahora mismo, los de mayor resultado esperado primero."""
    latido = leida["latido"]
    if latido is None or not latido["vivo"]:
        return []
    con_senal = [uno for uno in latido["candidatos"] if uno.get("confianza_pct") is not None]
    return sorted(con_senal, key=lambda uno: -float(uno.get("esperado") or -1))


def contrato(leida: dict[str, Any]) -> dict[str, Any] | None:
    """Devuelve el contrato abierto: lo del historial más lo que el bot dice en vivo; None si no hay."""
    latido = leida["latido"] or {}
    # Un latido viejo no dice cómo va nada: solo vale lo del historial.
    vivo = (latido.get("contrato") or {}) if latido.get("vivo") else {}
    abierta = leida["abiertas"][0] if leida["abiertas"] else {}
    if not vivo and not abierta:
        return None
    referencia = str(abierta.get("numero_contrato") or vivo.get("referencia") or "")
    if vivo and abierta and str(vivo.get("referencia")) != referencia:
        vivo = {}
    dicho = {clave: valor for clave, valor in vivo.items() if valor is not None}
    return {
        "referencia": referencia,
        "activo": dicho.get("nombre_activo") or abierta.get("activo") or dicho.get("activo"),
        "direccion": abierta.get("direccion") or dicho.get("direccion"),
        "monto": abierta.get("monto") or dicho.get("monto"),
        "precio_entrada": abierta.get("precio_entrada") or dicho.get("precio_entrada"),
        "precio_actual": dicho.get("precio_actual"),
        "ticks": dicho.get("ticks"),
        "duracion": dicho.get("duracion"),
        "unidad": dicho.get("unidad"),
        "desde": abierta.get("hora_inicio") or dicho.get("desde"),
        "vence_en": dicho.get("vence_en") or abierta.get("vence_en"),
        "marcha": marcha(dicho.get("precio_entrada"), dicho.get("precio_actual"), str(dicho.get("direccion", ""))),
    }


def marcha(entrada: Any, actual: Any, direccion: str) -> str:
    """Devuelve «ganando», «perdiendo», «empate» (que pierde) o «» si falta algún precio."""
    if entrada is None or actual is None or not direccion:
        return ""
    antes, ahora = Decimal(str(entrada)), Decimal(str(actual))
    if antes == ahora:
        return "empate"
    return "ganando" if (ahora > antes) == (direccion in _AL_ALZA) else "perdiendo"


def _parado_a_mano(leida: dict[str, Any]) -> bool:
    """Devuelve si el freno propio del bot (no el de todos) está puesto."""
    return str(leida["freno"]["bot"]) != "ACTIVO"
