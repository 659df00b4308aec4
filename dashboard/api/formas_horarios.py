"""La forma de lo que se contesta sobre las horas: la tabla de una pausa, la historia y el mapa de la semana."""

from dashboard.api.formas import Forma, ent, hora, libre, num, si_no, txt


class Hora(Forma):
    hora = ent()
    aciertos = ent()
    entradas = ent()
    nulas = ent()
    tasa_pct = num(True)
    cota_inferior_pct = num(True)
    cota_superior_pct = num(True)
    equilibrio_pct = num(True)
    minima_detectable_pct = num(True)
    califica = si_no()


class TablaHoras(Forma):
    desde = hora(True)
    hasta = hora(True)
    origen = txt()
    zona = txt()
    min_muestras = ent()
    entradas = ent()
    nulas = ent()
    califican = ent()
    nivel_pct = num()
    horas = Hora(many=True)
    mejor = libre(True)
    veredicto = libre()


class HorasDePausa(TablaHoras):
    pausado_en = hora()
    reanuda_en = hora()
    entra_en = hora(True)
    reactivado_en = hora(True)


class Celda(Forma):
    dia = ent(help_text="0 es lunes.")
    hora = ent()
    aciertos = ent()
    entradas = ent()
    nulas = ent()
    tasa_pct = num(True)
    cota_inferior_pct = num(True)
    cota_superior_pct = num(True)


class Mapa(Forma):
    zona = txt()
    entradas = ent()
    nulas = ent()
    celdas = Celda(many=True)


class Horarios(Forma):
    bot = txt()
    sede = txt()
    cuenta = txt()
    zona = txt()
    origen = txt()
    vigente = si_no(help_text="Si la pausa no ha acabado en reactivación.")
    pausa = HorasDePausa(allow_null=True)
    historia = TablaHoras(allow_null=True)
    mapa = Mapa()
