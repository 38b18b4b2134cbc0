"""How well people reach what they need: schools, doctors, day-care, care."""
