"""Cuánto se guarda lo que sirve para mirar. Las operaciones, las órdenes y la auditoría no caducan nunca."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dominio.errores import ErrorConfiguracion

VARIABLES = {
    "TIMONEL_RETENCION_EVENTOS_DIAS": "eventos_dias",
    "TIMONEL_RETENCION_VELAS_DIAS": "velas_dias",
    "TIMONEL_RETENCION_LATIDOS_DIAS": "latidos_dias",
    "TIMONEL_RETENCION_HUECOS_DIAS": "huecos_dias",
    "TIMONEL_RETENCION_TRABAJOS_DIAS": "trabajos_dias",
}


class Plazos(BaseModel):
    """Días que se guarda cada cosa. Lo que decide, cuenta dinero o prueba algo no está en esta lista."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    eventos_dias: int = Field(default=90, ge=2)
    velas_dias: int = Field(default=30, ge=1)
    latidos_dias: int = Field(default=30, ge=1)
    huecos_dias: int = Field(default=400, ge=2)
    trabajos_dias: int = Field(default=7, ge=2)


def plazos_de(entorno: Mapping[str, str]) -> Plazos:
    """Devuelve los plazos que dice el entorno; lo que no está, por defecto.

    Raises:
        ErrorConfiguracion: TRA-01 si un plazo no es un número de días válido.
    """
    dados = {campo: entorno[variable] for variable, campo in VARIABLES.items() if entorno.get(variable)}
    try:
        return Plazos.model_validate(dados)
    except ValidationError as fallo:
        malos = {str(error["loc"][0]) for error in fallo.errors()}
        cuales = ", ".join(variable for variable, campo in VARIABLES.items() if campo in malos)
        raise ErrorConfiguracion("TRA-01", f"No vale {cuales}.", "Ponga días enteros, 2 o más para eventos.") from fallo
