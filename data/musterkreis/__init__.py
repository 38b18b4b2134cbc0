"""Rooms of the generator of the made-up sample county "Musterkreis".

`places` says what is invented by hand, `terrain`, `settlements` and `borders` make the
land, `people`, `hardship` and `truth` who lives there, `census`, `offices` and `layers`
write what offices would deliver; `writing` keeps files identical byte by byte.
"""
