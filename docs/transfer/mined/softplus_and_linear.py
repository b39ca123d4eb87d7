def activation(x):
    return 1.77656 * F.softplus(0.76 * x) + 0.3334 * x - 1.21716
