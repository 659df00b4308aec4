"""Los modelos del historial, un asunto por fichero."""

from historial.models.acumulados import AcumuladoCuarto, AcumuladoTotal
from historial.models.configuracion import CambioConfiguracion, Configuracion
from historial.models.cuentas import Externa, MovimientoSede, PuntoBalance
from historial.models.ia import ConsultaIA, MetricaDiaria
from historial.models.mando import EstadoFreno, FilaArriendo, OrdenMando
from historial.models.operaciones import Operacion
from historial.models.ordenes import Ejecucion, Orden, ReservaRiesgo
from historial.models.registro import CabezaAuditoria, Evento, FilaAuditoria
from historial.models.secretos import SecretoCifrado
from historial.models.trabajos import Trabajo
from historial.models.vivo import HuecoFicticio, Latido, Vela

__all__ = [
    "AcumuladoCuarto",
    "AcumuladoTotal",
    "CabezaAuditoria",
    "CambioConfiguracion",
    "Configuracion",
    "ConsultaIA",
    "Ejecucion",
    "EstadoFreno",
    "Evento",
    "Externa",
    "FilaArriendo",
    "FilaAuditoria",
    "HuecoFicticio",
    "Latido",
    "MetricaDiaria",
    "MovimientoSede",
    "Operacion",
    "Orden",
    "OrdenMando",
    "PuntoBalance",
    "ReservaRiesgo",
    "SecretoCifrado",
    "Trabajo",
    "Vela",
]
