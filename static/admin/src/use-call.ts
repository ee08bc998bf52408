import { useCallback, useEffect, useRef, useState } from 'react';
import { call, type CallError, type CallName, type Outcome, type Payload, type Value } from './api';

/** What a page knows of something that it asked the app for. */
export type Loaded<T> =
  { state: 'loading' } | { state: 'failed'; error: CallError } | { state: 'ready'; value: T };

/** Something loaded, with the way to load it anew. What is shown stays until the new answer is there. */
export interface Source<T> {
  loaded: Loaded<T>;
  isBusy: boolean;
  reload: () => Promise<void>;
}

/** Asks the app once, and again whenever what is asked changes. Answers to older questions are dropped. */
export function useCall<Name extends CallName>(name: Name, payload: Payload<Name>): Source<Value<Name>> {
  const question = JSON.stringify(payload);
  const asked = useRef(0);
  const latest = useRef(payload);
  latest.current = payload;
  const [loaded, setLoaded] = useState<Loaded<Value<Name>>>({ state: 'loading' });
  const [isBusy, setBusy] = useState(true);

  const reload = useCallback(async () => {
    const turn = ++asked.current;
    setBusy(true);
    const outcome = await call(name, latest.current);
    if (turn !== asked.current) return;
    setLoaded(loadedFrom(outcome));
    setBusy(false);
  }, [name]);

  useEffect(() => {
    setLoaded({ state: 'loading' });
    void reload();
    return () => {
      asked.current++;
    };
  }, [reload, question]);

  return { loaded, isBusy, reload };
}

function loadedFrom<T>(outcome: Outcome<T>): Loaded<T> {
  return outcome.ok ? { state: 'ready', value: outcome.value } : { state: 'failed', error: outcome.error };
}

/** Does something again and again while it is wanted and the page is looked at; the next time begins after the last ended. */
export function usePolling(act: () => Promise<void>, everyMs: number, isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted) return;
    let timer: number | undefined;
    let isOver = false;
    const again = (): void => {
      timer = window.setTimeout(() => {
        void (document.hidden ? Promise.resolve() : act()).then(() => {
          if (!isOver) again();
        });
      }, everyMs);
    };
    again();
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [act, everyMs, isWanted]);
}

/** A call that a button makes, with what became of the last one. */
export interface Action<Name extends CallName> {
  isBusy: boolean;
  error: CallError | undefined;
  run: (payload: Payload<Name>) => Promise<Value<Name> | undefined>;
  forget: () => void;
}

/** Makes calls on demand, one at a time. `run` gives `undefined` when the call failed; `error` then says why. */
export function useAction<Name extends CallName>(name: Name): Action<Name> {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CallError>();
  const run = useCallback(
    async (payload: Payload<Name>) => {
      setBusy(true);
      setError(undefined);
      const outcome = await call(name, payload);
      setBusy(false);
      if (outcome.ok) return outcome.value;
      setError(outcome.error);
      return undefined;
    },
    [name],
  );
  const forget = useCallback(() => {
    setError(undefined);
  }, []);
  return { isBusy, error, run, forget };
}
