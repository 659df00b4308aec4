"""Lo que Deriv sabe hacer por sí misma y cómo se resuelve en ella una compra de suerte desconocida."""

from dominio.instrumentos import Sede
from dominio.puertos import Capacidades

# La sede no guarda ningún identificador nuestro: una compra pendiente por cuenta. Trabaja como mucho 15 s en una
# petición; con margen, a los 30 s lo que no aparece en dos búsquedas limpias no se colocó.
CAPACIDADES = Capacidades(sede=Sede.DERIV, ambito_bloqueo="cuenta", espera_tardia_s=30.0, consultas_limpias=2)
