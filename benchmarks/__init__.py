"""How fast is the product, as ratios that hold on any machine?"""
