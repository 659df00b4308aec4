"""Lo que Deriv sabe hacer por sí misma y cómo se resuelve en ella una compra de suerte desconocida."""

from dominio.instrumentos import Sede
from dominio.puertos import Capacidades
from integracion_deriv.coincidencias import DESPUES_MS, TARDANZA_MS

# Una compra posterior ya no se parece a la buscada (``coincidencias``); con el error de las dos horas.
VENTANA_S = (DESPUES_MS + TARDANZA_MS) / 1000 + 10.0

# La sede no guarda ningún identificador nuestro: una compra pendiente por cuenta. Trabaja como mucho 15 s en una
# petición; con margen, a los 30 s lo que no aparece en dos búsquedas limpias no se colocó.
CAPACIDADES = Capacidades(
    sede=Sede.DERIV, ambito_bloqueo="cuenta", espera_tardia_s=30.0, consultas_limpias=2, ventana_s=VENTANA_S
)
