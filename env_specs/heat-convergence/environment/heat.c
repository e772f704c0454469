/* heat: one-dimensional conduction with a cooled end, verified by a manufactured solution.
 *
 *     heat CASE N DT      grid intervals, largest admissible time step
 *
 * prints: steps, maximal error at the final time, temperature at the probe.
 * The method is described in method.md.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double length, end, alpha, k, h, ambient;         /* rod, final time, material, cooling */
    double amplitude, decay, wave, phase, drift, omega; /* manufactured solution */
    double probe;                                     /* where the temperature is reported */
} Case;

static double exact(const Case *c, double x, double t)
{
    return c->ambient + c->amplitude * exp(-c->decay * t) * cos(c->wave * x + c->phase)
         + c->drift * sin(c->omega * t) * x * x;
}

static double exact_slope(const Case *c, double x, double t)
{
    return -c->wave * c->amplitude * exp(-c->decay * t) * sin(c->wave * x + c->phase)
         + 2 * c->drift * sin(c->omega * t) * x;
}

/* What has to be fed in so that exact() solves the equation. */
static double source(const Case *c, double x, double t)
{
    double mode = c->amplitude * exp(-c->decay * t) * cos(c->wave * x + c->phase);
    double rate = -c->decay * mode + c->drift * c->omega * cos(c->omega * t) * x * x;
    double bend = -c->wave * c->wave * mode + 2 * c->drift * sin(c->omega * t);
    return rate - c->alpha * bend;
}

/* Heat that leaves through the right end beyond h (u - ambient). */
static double loss(const Case *c, double t)
{
    return -c->k * exact_slope(c, c->length, t) - c->h * (exact(c, c->length, t) - c->ambient);
}

static int plan_steps(const Case *c, double dt_max, double *dt)
{
    int steps = (int)(c->end / dt_max);
    *dt = dt_max;
    return steps < 1 ? 1 : steps;
}

static void interior(const double *u, double *out, int n, double dx)
{
    for (int i = 1; i < n; i++)
        out[i] = (u[i - 1] - 2 * u[i] + u[i + 1]) / (dx * dx);
}

/* Second difference at the cooled end is lower * u[n-1] + diagonal * u[n] + constant. */
static void cooled_end(const Case *c, double dx, double t, double *lower, double *diagonal, double *constant)
{
    double q = loss(c, t) - c->h * c->ambient;
    *lower = 1 / (dx * dx);
    *diagonal = -(1 + dx * c->h / c->k) / (dx * dx);
    *constant = -q / (c->k * dx);
}

static void solve(double *low, double *dia, double *up, double *rhs, int first, int last)
{
    for (int i = first + 1; i <= last; i++) {
        double w = low[i] / dia[i - 1];
        dia[i] -= w * up[i - 1];
        rhs[i] -= w * rhs[i - 1];
    }
    rhs[last] /= dia[last];
    for (int i = last - 1; i >= first; i--)
        rhs[i] = (rhs[i] - up[i] * rhs[i + 1]) / dia[i];
}

static void advance(const Case *c, double *u, double *work, int n, double dx, double t, double dt)
{
    double *low = work, *dia = work + (n + 1), *up = work + 2 * (n + 1), *rhs = work + 3 * (n + 1);
    double r = c->alpha * dt / 2, a, b, f0, f1;
    interior(u, rhs, n, dx);
    cooled_end(c, dx, t, &a, &b, &f0);
    rhs[n] = a * u[n - 1] + b * u[n] + f0;
    for (int i = 1; i <= n; i++)
        rhs[i] = u[i] + r * rhs[i] + dt * source(c, i * dx, t);
    for (int i = 1; i < n; i++) {
        low[i] = up[i] = -r / (dx * dx);
        dia[i] = 1 + 2 * r / (dx * dx);
    }
    cooled_end(c, dx, t + dt, &a, &b, &f1);
    low[n] = -r * a;
    dia[n] = 1 - r * b;
    rhs[n] += r * f1;
    u[0] = exact(c, 0, t + dt);
    rhs[1] -= low[1] * u[0];
    solve(low, dia, up, rhs, 1, n);
    memcpy(u + 1, rhs + 1, n * sizeof *u);
}

static double worst_error(const Case *c, const double *u, int n, double dx)
{
    double worst = 0;
    for (int i = 0; i <= n; i++)
        worst = fmax(worst, fabs(u[i] - exact(c, i * dx, c->end)));
    return worst;
}

static double at_probe(const Case *c, const double *u, int n, double dx)
{
    int i = (int)(c->probe / dx);
    return u[i > n ? n : i];
}

static void read_case(const char *path, Case *c)
{
    char key[64];
    double value;
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    memset(c, 0, sizeof *c);
    while (fscanf(file, "%63s = %lf", key, &value) == 2) {
#define FIELD(name) if (!strcmp(key, #name)) c->name = value;
        FIELD(length) FIELD(end) FIELD(alpha) FIELD(k) FIELD(h) FIELD(ambient)
        FIELD(amplitude) FIELD(decay) FIELD(wave) FIELD(phase) FIELD(drift) FIELD(omega)
        FIELD(probe)
    }
    fclose(file);
}

int main(int argc, char **argv)
{
    Case c;
    if (argc != 4) {
        fprintf(stderr, "usage: heat CASE N DT\n");
        return 2;
    }
    read_case(argv[1], &c);
    int n = atoi(argv[2]);
    double dt, dx = c.length / n;
    int steps = plan_steps(&c, atof(argv[3]), &dt);
    double *u = malloc((n + 1) * sizeof *u), *work = malloc(4 * (n + 1) * sizeof *work);
    for (int i = 0; i <= n; i++)
        u[i] = exact(&c, i * dx, 0);
    for (int s = 0; s < steps; s++)
        advance(&c, u, work, n, dx, s * dt, dt);
    printf("%d %.12e %.12e\n", steps, worst_error(&c, u, n, dx), at_probe(&c, u, n, dx));
    free(u);
    free(work);
    return 0;
}
