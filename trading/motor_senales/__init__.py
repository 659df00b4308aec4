"""Señales técnicas: componentes, conjunto, calibración con datos pasados y elección del mejor activo.

Sin reloj, sin azar y sin entrada ni salida: entran ticks, salen señales. La puerta es ``motor.MotorSenales`` y la
regla de elección, ``seleccion.elegir``.
"""
