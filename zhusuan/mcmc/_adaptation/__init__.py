"""Adaptation of HMC and NUTS: step-size rules, metric estimators and schedules."""
