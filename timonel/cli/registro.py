"""La tabla de órdenes: nombre, módulo, función y una línea de ayuda. Aquí no se importa ninguna.

Una orden es una función con anotaciones de typer cuyo docstring es su ayuda; devuelve None (salida 0) o su estado de
salida.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ref:
    """Dónde está una orden (módulo de ``timonel.cli`` y función), o las subórdenes de un grupo.

    ``por_defecto``: la suborden del grupo que se entiende si no se nombra ninguna.
    """

    ayuda: str
    modulo: str = ""
    funcion: str = ""
    ordenes: "Mapping[str, Ref]" = field(default_factory=dict)
    por_defecto: str = ""


ORDENES: dict[str, Ref] = {
    "demo": Ref("Un bot opera, a la vista, contra una sede simulada en este equipo.", "demo", "demo"),
    "operar": Ref("Opera los bots que se nombren, según su fichero.", "operar", "operar"),
    "estado": Ref("Qué hace cada bot: balance, meta, stop, operaciones y freno.", "estado", "estado"),
    "panel": Ref(
        "El panel en el navegador, y quién entra en él.",
        ordenes={
            "servir": Ref("Abre el panel: es lo que hace «timonel panel» a secas.", "panel", "servir"),
            "usuario": Ref("Crea o invita a una persona con un enlace de un solo uso.", "panel", "usuario"),
            "retirar": Ref("Quita la entrada a una persona o revoca una ficha.", "panel", "retirar"),
            "ficha": Ref("Crea una ficha con alcance para un programa; se enseña una vez.", "panel", "ficha"),
            "desbloquear": Ref("Olvida los intentos fallidos de una cuenta.", "panel", "desbloquear"),
        },
        por_defecto="servir",
    ),
    "alto": Ref("Detiene las entradas, ya. No pide clave.", "freno", "alto"),
    "reanudar": Ref("Quita el freno. Pide la clave del operador.", "freno", "reanudar"),
    "resolver": Ref("Decide qué pasó con una orden de suerte desconocida.", "resolver", "resolver"),
    "exportar": Ref("Guarda el historial de operaciones en CSV.", "exportar", "exportar"),
    "auditoria": Ref(
        "La cadena de auditoría.",
        ordenes={"verificar": Ref("Comprueba la cadena y nombra la primera fila rota.", "auditoria", "verificar")},
    ),
    "avisos": Ref(
        "Los avisos por WhatsApp y por el segundo canal.",
        ordenes={
            "probar": Ref("Manda un mensaje de prueba a cada destinatario.", "avisos", "probar"),
            "lista": Ref("Enseña la bandeja: qué salió, qué espera y qué falló.", "avisos", "lista"),
            "acusar": Ref("Acusa recibo: lo urgente deja de repetirse.", "avisos", "acusar"),
        },
    ),
    "configurar": Ref("Asistente: credenciales, fichero del bot y clave del operador.", "configurar", "configurar"),
    "doctor": Ref("Revisa la instalación y dice qué arreglar.", "doctor", "doctor"),
    "datos": Ref(
        "Ticks y velas guardados.",
        ordenes={
            "importar": Ref("Importa velas o ticks de CSV, MetaTrader 5 o Parquet.", "datos", "importar"),
            "descargar": Ref("Descarga ticks o velas del historial de la sede.", "datos", "descargar"),
            "lista": Ref("Enseña las series guardadas.", "datos", "lista"),
        },
    ),
    "laboratorio": Ref("Levanta una sede simulada en este equipo.", "laboratorio", "laboratorio"),
    "simulacion": Ref(
        "El acierto por horas de las entradas ficticias.",
        ordenes={
            "horarios": Ref("Acierto por hora local, mejor hora y veredicto.", "simulacion", "horarios"),
            "rellenar": Ref("El mismo análisis sobre la historia de la sede.", "simulacion", "rellenar"),
        },
    ),
    "simular": Ref(
        "Comprobaciones en simulación.",
        ordenes={
            "deriv": Ref("Miles de contratos contra la sede simulada, con fallos.", "simular", "deriv"),
            "caidas": Ref("Procesos que mueren de verdad en cada punto peligroso.", "simular", "caidas"),
            "dia": Ref("Un día entero: stop, pausa que aprende, mejor hora y avisos.", "simular_dia", "dia"),
            "horarios": Ref("Cuánto acierta la regla de la mejor hora.", "simular_horarios", "horarios"),
            "indices": Ref("Mide los índices sintéticos contra su teoría.", "simular_indices", "indices"),
            "avisos": Ref("La bandeja de avisos, con Redis y despachadores que mueren.", "simular_avisos", "avisos"),
        },
    ),
    "vigilar": Ref("Avisa desde fuera si la plataforma deja de dar señales.", "vigilar", "vigilar"),
    "trazabilidad": Ref("Qué partes de la especificación están hechas y probadas.", "trazabilidad", "trazabilidad"),
}
