/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/logistic.h"

#include <math.h>

#define LOG2_E   1.44269504088896340736
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW  1.90821492927058770002e-10
/* Beyond this, the result can't be told from 0 or 1. */
#define FAR 40.0
/* Terms of e's series; the argument is below 0.35. */
#define TERMS 14

/* e^x for |x| ≤ FAR, by additions and multiplications only. */
static double exponential(double x)
{
	double whole = floor(x * LOG2_E + 0.5);
	double rest = (x - whole * LN2_HIGH) - whole * LN2_LOW;
	double sum = 1;

	for (int i = TERMS; i > 0; i--)
		sum = 1 + sum * rest / i;
	return ldexp(sum, (int)whole);
}

double logistic(double x)
{
	if (x > FAR)
		x = FAR;
	else if (x < -FAR)
		x = -FAR;
	return 1 / (1 + exponential(-x));
}
