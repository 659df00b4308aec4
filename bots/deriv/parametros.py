"""Del fichero del bot a los parámetros del motor de señales, con errores que dicen qué clave está mal."""

import difflib
from typing import Any

import msgspec

from core.configuracion import ConfigBot
from dominio.errores import ErrorConfiguracion
from trading.motor_senales.parametros import ParametrosSenales


def parametros_senales(config: ConfigBot) -> ParametrosSenales:
    """Devuelve los parámetros del motor de señales que dice el fichero del bot.

    Raises:
        ErrorConfiguracion: CFG-04 con la clave de ``senales.componentes`` que no existe o no vale; SEN-01 o SEN-02 si
            un valor no está en su intervalo.
    """
    senales = config.senales
    datos: dict[str, Any] = {
        "duracion": config.contrato.duracion,
        "unidad": config.contrato.unidad,
        "vela_s": senales.vela_s,
        "peso_ticks": senales.peso_ticks,
        "peso_velas": senales.peso_velas,
        "pesos": senales.pesos.model_dump(),
        "umbral_senal": senales.umbral_senal,
        "edad_max_ms": senales.edad_max_ms,
        "exigir_ventaja": config.exige_ventaja,
        "pago_neto_min": config.contrato.pago_min_pct / 100.0,
        "pseudo_operaciones": senales.pseudo_operaciones,
        **senales.componentes,
    }
    try:
        return msgspec.convert(datos, ParametrosSenales)
    except msgspec.ValidationError as fallo:
        raise _explicar(senales.componentes) from fallo


def _explicar(componentes: Any) -> ErrorConfiguracion:
    """Devuelve el error de la primera clave que no admite su componente."""
    tipos = {campo.name: campo.type for campo in msgspec.structs.fields(ParametrosSenales)}
    for nombre, valores in componentes.items():
        campos = {campo.name: campo for campo in msgspec.structs.fields(tipos[nombre])}
        for clave, valor in valores.items():
            donde = f"senales.componentes.{nombre}.{clave}"
            if clave not in campos:
                cerca = difflib.get_close_matches(clave, campos, n=1)
                pista = f"¿Quiso decir «{cerca[0]}»?" if cerca else f"Admite: {', '.join(campos)}."
                return ErrorConfiguracion("CFG-04", f"«{donde}» no existe.", pista, clave=donde)
            try:
                msgspec.convert(valor, campos[clave].type)
            except msgspec.ValidationError:
                return ErrorConfiguracion(
                    "CFG-04", f"«{donde}» no admite {valor!r}.", f"Por defecto es {campos[clave].default}.", clave=donde
                )
    return ErrorConfiguracion("CFG-04", "«senales» no es válido.", "Compare con docs/configuracion.md.")
