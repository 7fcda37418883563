import test from 'ava';
import { originIn } from '../../../src/commands/option-origin.js';

const given = {
  configuration: { site: 'office', gateway: '10.1.2.1', dns: ['a', 'b'] },
  environment: { gateway: '10.1.2.9' },
};

test('who said it is told by the value', (t) => {
  const origin = originIn({
    given,
    site: 'office',
    gateway: '10.1.2.9',
    address: '10.1.2.3',
    dns: ['a', 'b'],
  } as never);
  t.is(origin('site'), 'configuration file');
  t.is(origin('dns'), 'configuration file');
  t.is(origin('gateway'), 'environment');
  t.is(origin('address'), 'command line');
});

test('the command line overrides both', (t) => {
  const origin = originIn({ given, gateway: '10.1.2.7' } as never);
  t.is(origin('gateway'), 'command line');
  t.is(originIn({})('gateway'), 'command line');
});
