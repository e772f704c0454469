#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CELLS 1000

static int cells, split, heated_from, heated_to, insulated;
static double length, end_time, alpha_left, alpha_right, left, right, source, start;
static double t[MAX_CELLS], next[MAX_CELLS];

static void read_case(const char *path)
{
    char key[32], value[32];
    FILE *file = fopen(path, "r");

    if (!file) {
        perror(path);
        exit(1);
    }
    while (fscanf(file, "%31s %31s", key, value) == 2) {
        double number = atof(value);
        if (!strcmp(key, "cells")) cells = (int) number;
        else if (!strcmp(key, "length")) length = number;
        else if (!strcmp(key, "end_time")) end_time = number;
        else if (!strcmp(key, "alpha_left")) alpha_left = number;
        else if (!strcmp(key, "alpha_right")) alpha_right = number;
        else if (!strcmp(key, "split")) split = (int) number;
        else if (!strcmp(key, "left")) left = number;
        else if (!strcmp(key, "right")) {
            insulated = !strcmp(value, "insulated");
            right = number;
        }
        else if (!strcmp(key, "source")) source = number;
        else if (!strcmp(key, "heated_from")) heated_from = (int) number;
        else if (!strcmp(key, "heated_to")) heated_to = (int) number;
        else if (!strcmp(key, "start")) start = number;
    }
    fclose(file);
    if (cells < 2 || cells > MAX_CELLS) {
        fprintf(stderr, "%s: bad number of cells\n", path);
        exit(1);
    }
}

static double alpha(int i)
{
    return i <= split ? alpha_left : alpha_right;
}

/* Flux through the face between cell i - 1 and cell i. */
static double flux(int i, double dx)
{
    double a, b;

    if (i == 0)
        return 2.0 * alpha(0) * (t[0] - left) / dx;
    if (i == cells)
        return insulated ? 0.0 : 2.0 * alpha(cells - 1) * (right - t[cells - 1]) / dx;
    a = alpha(i - 1);
    b = alpha(i);
    return 2.0 * a * b / (a + b) * (t[i] - t[i - 1]) / dx;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: rod CASE\n");
        return 2;
    }
    read_case(argv[1]);
    double dx = length / cells;
    double fastest = alpha_left > alpha_right ? alpha_left : alpha_right;
    double limit = 0.4 * dx * dx / fastest;
    long steps = (long) ceil(end_time / limit);
    double dt = end_time / steps;

    fprintf(stderr, "%ld steps\n", steps);
    for (int i = 0; i < cells; i++)
        t[i] = start;
    memcpy(next, t, sizeof t);
    for (long step = 0; step < steps; step++) {
        for (int i = 0; i < cells; i++) {
            double heat = i >= heated_from && i <= heated_to ? source : 0.0;
            t[i] = t[i] + dt * ((flux(i + 1, dx) - flux(i, dx)) / dx + heat);
        }
    }  /* end of step */
    for (int i = 0; i < cells; i++)
        printf("%d %.6f\n", i, t[i]);
    return 0;
}
