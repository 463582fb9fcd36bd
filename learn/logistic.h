/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The logistic function, with the same result on every host, which libm doesn't promise. Pure. */
#ifndef LEARN_LOGISTIC_H
#define LEARN_LOGISTIC_H

/* 1 / (1 + e^-x): what probability odds of e^x are. Between 0 and 1, never NAN unless x is. */
double logistic(double x);

#endif
