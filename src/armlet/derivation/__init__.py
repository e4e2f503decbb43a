"""From results to the values of endpoints: one number a participant, an endpoint and a visit, or the reason why not.

It knows observations, the rules of each method and where every number comes from. It refuses to know who got what:
nothing here has an arm, and nothing here can reach one. All arithmetic is decimal; there is no float and no NaN.
"""
